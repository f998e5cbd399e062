import { asError, codeOf, RingpostError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { LinkError } from './link.ts';
import { type ModemSockets, SocketRefused } from './modem-sockets.ts';

/** Where the data session leads to. */
export interface AccessPoint {
  /** Of the operator: `internet`, `web.vodafone.de`. */
  readonly name: string;
  readonly user?: string;
  readonly password?: string;
}

/** The manual gives +NETOPEN up to two minutes. */
const NETWORK_TIMEOUT_MS = 120_000;
const CLOSE_TIMEOUT_MS = 20_000;

/** Opens the network: access point, receive mode, PDP context. Rejects with LinkError `link-refused`. */
export async function openNetwork(
  sockets: ModemSockets,
  apn: AccessPoint | undefined,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  try {
    await leaveOldSession(sockets, log, signal);
    if (apn) await setAccessPoint(sockets, apn, signal);
    for (const { text, optional } of sockets.dialect.setUp) {
      await sockets.command(text, { signal }).catch((error: unknown) => {
        if (!optional || signal.aborted) throw error;
        log.debug({ err: error }, 'an optional setting was refused');
      });
    }
    await activate(sockets, signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : refused(error);
  }
}

/** Closes the network as well as it can: what is left of a session is cleared away by the next one. */
export async function closeNetwork(sockets: ModemSockets, log: Log): Promise<void> {
  const text = sockets.dialect.network.close;
  try {
    await sockets.request({
      text,
      answer: (event) => event.kind === 'network-closed',
      timeout: CLOSE_TIMEOUT_MS,
    });
  } catch (error) {
    log.debug({ err: error }, 'the network did not close in order');
  }
}

/** A session that a crash left open holds connections that nobody knows: it is closed first. */
async function leaveOldSession(sockets: ModemSockets, log: Log, signal: AbortSignal): Promise<void> {
  const { query } = sockets.dialect.network;
  const { lines } = await sockets.query(query, signal);
  if (!sockets.dialect.isNetworkOpen(lines)) return;
  log.info('a data session of an earlier run is closed first');
  await closeNetwork(sockets, log);
}

async function activate(sockets: ModemSockets, signal: AbortSignal): Promise<void> {
  const text = sockets.dialect.network.open;
  const answer = (event: { kind: string }) => event.kind === 'network-open';
  const event = await sockets
    .request({ text, answer, timeout: NETWORK_TIMEOUT_MS, signal })
    .catch((error: unknown) => {
      if (error instanceof SocketRefused && error.refusal.kind === 'open') return undefined;
      throw error;
    });
  if (event?.kind !== 'network-open' || event.code === 0) return;
  const { words } = sockets.dialect.openFailure(event.code);
  throw new LinkError(`${text}: error ${event.code} (${words})`, {
    code: 'link-refused',
    temporary: true,
    fields: { command: text, number: event.code },
  });
}

/** Writes the access point to PDP context 1 only where another one stands (3GPP TS 27.007 10.1.1). */
async function setAccessPoint(sockets: ModemSockets, apn: AccessPoint, signal: AbortSignal): Promise<void> {
  const { name, user, password } = apn;
  if (!/^[\w.-]{1,100}$/.test(name)) throw bad(`access point name ${JSON.stringify(name)}`);
  if (/["\r\n]/.test(`${user}${password}`)) throw bad('access point user or password');
  const { lines } = await sockets.query('AT+CGDCONT?', signal);
  const isSet = lines.some((line) => line.startsWith(`+CGDCONT: 1,"IP","${name}",`));
  if (!isSet) await sockets.command(`AT+CGDCONT=1,"IP","${name}"`, { signal });
  if (user === undefined) return;
  // Type 1 is PAP; the password comes before the user (SIM7500/SIM7600 manual, AT+CGAUTH).
  const text = `AT+CGAUTH=1,1,"${password ?? ''}","${user}"`;
  await sockets.command(text, { signal, shown: 'AT+CGAUTH=1,1,…' });
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
