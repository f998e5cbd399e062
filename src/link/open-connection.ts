import { isIP } from 'node:net';
import { asError } from '../base/errors.ts';
import type { SocketFailure } from './dialect.ts';
import { connectError, LinkError } from './link.ts';
import type { ModemSockets } from './modem-sockets.ts';

/** The number that a connection is to have in the modem, and where it leads to. */
export interface ConnectionTarget {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** Most modems give up after 75 s; what they say then is waited for, or it would be taken for the next connection's. */
const CONNECT_SECONDS = 78;
const NAME_SECONDS = 15;

/** Opens one connection in the modem. Rejects with LinkError `connect-refused` or `name-not-found`, or as `ModemSockets.request`. */
export async function openConnection(
  sockets: ModemSockets,
  { id, host, port }: ConnectionTarget,
): Promise<void> {
  const event = await sockets.request({
    command: sockets.dialect.open(id, host, port),
    answer: (one) => one.kind === 'opened' && one.id === id,
    seconds: CONNECT_SECONDS,
  });
  if (event.kind !== 'opened' || !event.failure) return;
  const { failure } = event;
  const nameNotFound = failure.nameNotFound ?? !(await isKnown(sockets, host));
  const remote = `${host}:${port}`;
  throw new LinkError(`${remote}: cannot connect: ${wordsOf(failure)}`, {
    code: nameNotFound ? 'name-not-found' : 'connect-refused',
    temporary: true,
    fields: { remote, number: failure.number },
  });
}

/** `error 10 (timeout)`, or what the modem said. */
export function wordsOf({ number, words }: SocketFailure): string {
  return number === undefined ? words : `error ${number} (${words})`;
}

/** What an AT command cannot carry must not get into one. */
export function wrongAddress(host: string, port: number): string | undefined {
  if (!/^[A-Za-z0-9._:-]{1,253}$/.test(host)) return 'not a host name or address';
  return Number.isInteger(port) && port > 0 && port < 65_536 ? undefined : 'not a port';
}

export function asConnectError(remote: string, error: unknown): LinkError {
  if (error instanceof LinkError && error.code !== 'link-refused') return error;
  return connectError(remote, asError(error).message, error);
}

/** Whether the name can be resolved, where the dialect can ask that; in doubt it can. */
async function isKnown(sockets: ModemSockets, host: string): Promise<boolean> {
  const command = sockets.dialect.askName?.(host);
  if (!command || isIP(host)) return true;
  const answer = (event: { kind: string }) => event.kind === 'name';
  const asked = sockets.request({ command, answer, seconds: NAME_SECONDS });
  const event = await asked.catch(() => undefined);
  return event?.kind !== 'name' || event.found;
}
