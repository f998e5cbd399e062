import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../../base/config.ts';
import { codeOf } from '../../../base/errors.ts';
import { type Description, parseDescription } from './description.ts';

/** Four levels up from `src/server/gateways/http` as from `dist/server/gateways/http`. */
const DIRECTORY = fileURLToPath(new URL('../../../../hardware/gateways/', import.meta.url));

/** The names of those that are shipped. */
export function providers(): string[] {
  const files = readdirSync(DIRECTORY).filter((file) => file.endsWith('.json'));
  return files.map((file) => basename(file, '.json')).sort();
}

/** One that is shipped. Throws ConfigError that names those that are there. */
export function loadProvider(name: string): Description {
  const names = providers();
  if (names.includes(name)) return loadDescription(`${DIRECTORY}${name}.json`);
  const problem = `there is no provider ${JSON.stringify(name)}; there are: ${names.join(', ')}`;
  throw new ConfigError(DIRECTORY, [{ key: '', problem }]);
}

/**
 * The user's own. Read at once and not later: the configuration is checked against it, whole. Throws ConfigError with
 * file and key.
 */
export function loadDescription(file: string): Description {
  return parseDescription(file, read(file));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [{ key: '', problem: `cannot be read (${codeOf(error)})` }]);
  }
}
