import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../base/errors.ts';

/** What `ringpost-ppp-hook` tells of a session; addresses as text. */
export interface PppState {
  readonly interface: string;
  readonly local: string;
  readonly remote: string;
  /** The peer's name servers, best first. */
  readonly dns: readonly string[];
  /** Global IPv6 address, once the network has told its prefix. */
  readonly local6: string | undefined;
  /** What the hook could not do: `routes`. */
  readonly failed: string | undefined;
  /** pppd's exit code, once it has ended. */
  readonly exit: number | undefined;
  /** Whether the session has addresses now. */
  readonly up: boolean;
}

export const statePath = (run: string) => join(run, 'ppp.state');
export const logPath = (run: string) => join(run, 'ppp.log');

/** The state of this session; undefined while there is none, or only that of another session. */
export async function readState(run: string, session: string): Promise<PppState | undefined> {
  const text = await readFile(statePath(run), 'utf8').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return '';
  });
  return parseState(text, session);
}

/** Parses `key=value` lines; exported for its test. */
export function parseState(text: string, session: string): PppState | undefined {
  const values = new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [, key, value] = /^([a-z0-9]+)=(.*)$/.exec(line) ?? [];
      return key !== undefined && value ? [[key, value]] : [];
    }),
  );
  if (values.get('session') !== session) return undefined;
  const exit = values.get('exit');
  const local = values.get('local') ?? '';
  return {
    interface: values.get('interface') ?? '',
    local,
    remote: values.get('remote') ?? '',
    dns: ['dns1', 'dns2'].flatMap((key) => values.get(key) ?? []),
    local6: values.get('local6'),
    failed: values.get('failed'),
    exit: exit !== undefined && /^\d{1,3}$/.test(exit) ? Number(exit) : undefined,
    up: local !== '' && exit === undefined,
  };
}
