import { stat } from 'node:fs/promises';
import type { z } from 'zod';
import { ConfigError, type ConfigIssue, checkConfig, readTable } from '../../base/config.ts';
import { undefinedIfMissing } from '../../base/durable.ts';
import { resolveSecrets } from '../../base/secrets.ts';
import { UsageError } from '../command.ts';

/** Stands for a credential that only the unit has, in commands that need none: eight digits are also a PIN. */
export const STAND_IN = '00000000';

export interface SecretTable {
  readonly path: string;
  /** As it stands in the file, with secrets that are in files or credentials put in. */
  readonly table: unknown;
  readonly issues: readonly ConfigIssue[];
}

/**
 * Reads a configuration that holds secrets: refused when group or others can read it, with the command that mends it.
 * Credentials of systemd are only there for the unit; with `standIn` a command does without.
 */
export async function readSecretTable(file: string | undefined, standIn?: string): Promise<SecretTable> {
  if (file === undefined) throw new UsageError('--config FILE is needed');
  const found = await stat(file).catch(undefinedIfMissing);
  if (found && (found.mode & 0o077) !== 0) {
    throw new ConfigError(file, [
      { key: '', problem: `others can read its secrets; mend: chmod 600 ${file}` },
    ]);
  }
  const credentials = process.env.CREDENTIALS_DIRECTORY;
  const { value, issues } = await resolveSecrets(await readTable(file), { credentials, standIn });
  return { path: file, table: value, issues };
}

/** Reads and checks it; throws ConfigError with all that is wrong at once. */
export async function loadSecretConfig<T>(
  file: string | undefined,
  schema: z.ZodType<T>,
  standIn?: string,
): Promise<T> {
  const { path, table, issues } = await readSecretTable(file, standIn);
  return checkConfig(path, table, schema, issues);
}
