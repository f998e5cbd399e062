import { codeOf } from '../base/errors.ts';
import { SimulatorError } from './errors.ts';

const MENDS: Readonly<Record<string, string>> = {
  ENOENT: 'mount -t devpts -o ptmxmode=666 devpts /dev/pts && ln -sf pts/ptmx /dev/ptmx',
  ENXIO: 'mount -t devpts -o ptmxmode=666 devpts /dev/pts',
  EACCES: 'mount -o remount,ptmxmode=666 /dev/pts (or chmod 666 /dev/ptmx, or add the user to the group tty)',
  EPERM: 'mount -o remount,ptmxmode=666 /dev/pts (or chmod 666 /dev/ptmx, or add the user to the group tty)',
  ENOSPC: 'sysctl kernel.pty.max=4096 (every pseudo terminal is in use)',
};

/** The error for a machine where no pseudo terminal can be made; says what to do about it. `fields.mend` has the command. */
export function noPty(tried: string, cause: unknown, mend = mendOf(cause)): SimulatorError {
  return new SimulatorError(
    `no pseudo terminal from ${tried}: ${codeOf(cause) ?? cause}. To mend it: ${mend}`,
    {
      code: 'no-pty',
      fields: { tried, mend },
      cause,
    },
  );
}

function mendOf(cause: unknown): string {
  return MENDS[codeOf(cause) ?? ''] ?? MENDS.EACCES ?? '';
}
