import { abortable } from '../base/deadline.ts';
import { asError, codeOf, RingpostError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { AccessPoint, SocketCommand, SocketEvent } from './dialect.ts';
import { LinkError } from './link.ts';
import { type ModemSockets, SocketRefused } from './modem-sockets.ts';
import { wordsOf } from './open-connection.ts';

/** Where the dialect does not say how long these take. */
const OPEN_SECONDS = 120;
const CLOSE_SECONDS = 20;

/** Opens the network: access point, receive mode, PDP context. Rejects with LinkError `link-refused`. */
export async function openNetwork(
  sockets: ModemSockets,
  apn: AccessPoint | undefined,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (apn) checkAccessPoint(apn);
    await leaveOldSession(sockets, log, signal);
    for (const command of sockets.dialect.setUp(apn)) await setUp(sockets, command, log, signal);
    await activate(sockets, signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : refused(error);
  }
}

/** Closes the network as well as it can: what is left of a session is cleared away by the next one. */
export async function closeNetwork(sockets: ModemSockets, log: Log): Promise<void> {
  try {
    await sockets.request({
      command: sockets.dialect.network.close,
      answer: (event) => event.kind === 'network-closed',
      seconds: CLOSE_SECONDS,
    });
  } catch (error) {
    log.debug({ err: error }, 'the network did not close in order');
  }
}

/** A session that a crash left open holds connections that nobody knows: it is closed first. */
async function leaveOldSession(sockets: ModemSockets, log: Log, signal: AbortSignal): Promise<void> {
  const { query } = sockets.dialect.network;
  if (query) {
    const { lines } = await sockets.query(query.text, signal);
    if (!query.isOpen(lines)) return;
    log.info('a data session of an earlier run is closed first');
  }
  const closing = sockets.quietly(() => closeNetwork(sockets, log));
  // Some modems take a minute for it; whoever gives up does not wait.
  await abortable(closing, signal);
}

async function setUp(
  sockets: ModemSockets,
  command: SocketCommand,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const { unless, optional } = command;
  if (unless) {
    const { lines } = await sockets.query(unless.query, signal);
    if (lines.some((line) => line.startsWith(unless.line))) return;
  }
  await sockets.command(command, { signal }).catch((error: unknown) => {
    if (!optional || signal.aborted) throw error;
    log.debug({ err: error }, 'an optional setting was refused');
  });
}

async function activate(sockets: ModemSockets, signal: AbortSignal): Promise<void> {
  const command = sockets.dialect.network.open;
  const answer = (event: SocketEvent) => event.kind === 'network-open';
  const event = await sockets
    .request({ command, answer, seconds: OPEN_SECONDS, signal })
    .catch((error: unknown) => {
      if (error instanceof SocketRefused && error.refusal.kind === 'open') return undefined;
      throw error;
    });
  if (event?.kind !== 'network-open' || !event.failure) return;
  throw new LinkError(`${command.text}: ${wordsOf(event.failure)}`, {
    code: 'link-refused',
    temporary: true,
    fields: { command: command.text, number: event.failure.number },
  });
}

function checkAccessPoint({ name, user, password }: AccessPoint): void {
  if (!/^[\w.-]{1,100}$/.test(name)) throw bad(`access point name ${JSON.stringify(name)}`);
  if (/["\r\n]/.test(`${user}${password}`)) throw bad('access point user or password');
}

function bad(what: string): LinkError {
  return new LinkError(`${what}: holds characters that an AT command cannot carry`, { code: 'link-refused' });
}

function refused(error: unknown): LinkError {
  if (error instanceof LinkError && !(error instanceof SocketRefused)) return error;
  const { message } = asError(error);
  return new LinkError(`the data session was refused: ${message}`, {
    code: 'link-refused',
    temporary: !(error instanceof RingpostError) || error.temporary || codeOf(error) === 'error',
    cause: error,
  });
}
