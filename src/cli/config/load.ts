import { stat } from 'node:fs/promises';
import type { z } from 'zod';
import { ConfigError, loadConfig } from '../../base/config.ts';
import { undefinedIfMissing } from '../../base/durable.ts';
import { UsageError } from '../command.ts';

/** Reads a configuration that holds secrets: refused when group or others can read it, with the command that mends it. */
export async function loadSecretConfig<T>(file: string | undefined, schema: z.ZodType<T>): Promise<T> {
  if (file === undefined) throw new UsageError('--config FILE is needed');
  const found = await stat(file).catch(undefinedIfMissing);
  if (found && (found.mode & 0o077) !== 0) {
    throw new ConfigError(file, [
      { key: '', problem: `others can read its secrets; mend: chmod 600 ${file}` },
    ]);
  }
  return loadConfig(file, schema);
}
