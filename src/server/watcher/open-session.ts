import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { WatchedServer, WatchedUser } from './account.ts';
import { watchError } from './errors.ts';
import { Session } from './session.ts';

/** From the first packet to being logged in. */
const CONNECT_MS = 60_000;
/** imapflow's watchdog for a silent socket. Longer than ours, which sees the end of an IDLE that gets no answer. */
const SILENCE_MS = 30 * 60_000;

/** Connects and logs in; throws WatchError `wrong-password`, `imap-refused` or `imap-lost`. */
export async function openSession(
  server: WatchedServer,
  user: WatchedUser,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<Session> {
  const where = `${server.host}:${server.port} as ${user.login}`;
  const client = new ImapFlow(optionsOf(server, user));
  // Errors reject the command that runs; without a listener they would end the process.
  client.on('error', () => {});
  const wait = { what: `connecting to ${where}`, ms: CONNECT_MS, signal };
  try {
    await withDeadline(clock, wait, () => client.connect());
    return new Session(client, { clock, signal, where });
  } catch (error) {
    client.close();
    if (signal.aborted) throw error;
    throw watchError(wait.what, error);
  }
}

/** Without what costs memory for each connection (zlib, logs) or what a watcher has no use for. */
function optionsOf(server: WatchedServer, { login, password }: WatchedUser): ImapFlowOptions {
  const { host, port, security, ca, servername } = server;
  return {
    host,
    port,
    ...(servername !== undefined && { servername }),
    secure: security === 'tls',
    ...(security === 'starttls' && { doSTARTTLS: true }),
    tls: { rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
    auth: { user: login, pass: password },
    // What is empty is left out.
    clientInfo: { name: 'ringpost', version: '', vendor: '', 'support-url': '' },
    logger: false,
    emitLogs: false,
    disableAutoIdle: true,
    disableCompression: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    socketTimeout: SILENCE_MS,
    maxLiteralSize: 100_000,
    maxLineLength: 1_000_000,
    maxResponseSize: 4_000_000,
  };
}
