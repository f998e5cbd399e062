import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigIssue } from './config.ts';
import { codeOf } from './errors.ts';

export interface SecretSources {
  /** Where systemd puts a unit's credentials (systemd.exec(5), LoadCredential=): `$CREDENTIALS_DIRECTORY`. */
  readonly credentials: string | undefined;
  /** Put in the place of a credential where there is no such directory: for commands that do not need it. */
  readonly standIn?: string | undefined;
}

/** A file that holds one secret; one line end at its end is not part of it. */
const MAX_BYTES = 65_536;

/**
 * Replaces `{ file = "/path" }` and `{ credential = "name" }`, wherever they stand in a configuration, by what is in the
 * file. Everything that is wrong comes in `issues`; what could not be read stays as it was.
 */
export async function resolveSecrets(
  table: unknown,
  sources: SecretSources,
): Promise<{ readonly value: unknown; readonly issues: readonly ConfigIssue[] }> {
  const issues: ConfigIssue[] = [];
  const resolve = async (value: unknown, path: readonly string[]): Promise<unknown> => {
    if (Array.isArray(value)) {
      return Promise.all(value.map((one, index) => resolve(one, [...path, String(index)])));
    }
    if (!isTable(value)) return value;
    const reference = referenceOf(value);
    if (!reference) {
      const entries = Object.entries(value).map(async ([key, one]) => [
        key,
        await resolve(one, [...path, key]),
      ]);
      return Object.fromEntries(await Promise.all(entries));
    }
    const read = await readReference(reference, sources);
    if ('secret' in read) return read.secret;
    issues.push({ key: path.join('.'), problem: read.problem });
    return value;
  };
  return { value: await resolve(table, []), issues };
}

type Reference = { readonly kind: 'file' | 'credential'; readonly name: string };
type Read = { readonly secret: string } | { readonly problem: string };

function isTable(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function referenceOf(table: Record<string, unknown>): Reference | undefined {
  const [[kind, name] = [], ...more] = Object.entries(table);
  if (more.length > 0 || (kind !== 'file' && kind !== 'credential') || typeof name !== 'string')
    return undefined;
  return { kind, name };
}

function readReference(
  { kind, name }: Reference,
  { credentials, standIn }: SecretSources,
): Promise<Read> | Read {
  if (kind === 'file') {
    return name.startsWith('/')
      ? readSecret(name, true)
      : { problem: `file: expected an absolute path, found "${name}"` };
  }
  // systemd.exec(5): a credential's name is that of a file, without a slash.
  if (!/^[A-Za-z0-9_.-]{1,255}$/.test(name) || /^\.+$/.test(name)) {
    return { problem: `credential: expected the name of a credential, found "${name}"` };
  }
  if (credentials !== undefined) return readSecret(join(credentials, name), false);
  if (standIn !== undefined) return { secret: standIn };
  const mend = `in the systemd unit: LoadCredential=${name}:/path/to/the/secret`;
  return { problem: `no credentials here ($CREDENTIALS_DIRECTORY is not set); ${mend}` };
}

/** systemd guards its own directory; the modes there show its access list, not who can read. */
async function readSecret(path: string, guarded: boolean): Promise<Read> {
  try {
    const { mode, size } = await stat(path);
    if (guarded && (mode & 0o077) !== 0) {
      return { problem: `others can read ${path}; mend: chmod 600 ${path}` };
    }
    if (size > MAX_BYTES) return { problem: `${path} has more than ${MAX_BYTES} bytes` };
    return { secret: (await readFile(path, 'utf8')).replace(/\r?\n$/, '') };
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT';
    return {
      problem: missing ? `${path}: there is no such file` : `${path} cannot be read (${codeOf(error)})`,
    };
  }
}
