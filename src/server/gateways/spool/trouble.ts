import { codeOf } from '../../../base/errors.ts';
import { GatewayError } from '../errors.ts';
import type { SpoolProgram } from './program.ts';

/** Says of a directory that cannot be used what mends it. The file's name may hold a number, so no cause is kept. */
export function directoryTrouble(program: SpoolProgram, directory: string, error: unknown): GatewayError {
  const came = codeOf(error) ?? 'failed';
  const { code, mend } = mendOf(came, program, directory);
  return new GatewayError(`SMS by ${program.name}: ${directory} cannot be written into: ${came} (${mend})`, {
    code,
    temporary: true,
    surely: true,
    fields: { program: program.name, directory, came },
  });
}

function mendOf(came: string, { name, group }: SpoolProgram, directory: string) {
  switch (came) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 'no-directory', mend: `is ${name} installed, and does its configuration name it?` };
    case 'EACCES':
    case 'EPERM':
      return { code: 'not-allowed', mend: `usermod -aG ${group} ringpost, and start ringpost again` };
    case 'EROFS':
      return {
        code: 'not-allowed',
        mend: `ReadWritePaths=${directory} in a drop-in of ringpost-server.service`,
      };
    default:
      return { code: 'not-written', mend: 'is the disk full?' };
  }
}
