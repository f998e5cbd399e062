import { hostname } from 'node:os';
import type { Clock } from '../../../base/clock.ts';
import { Disposables } from '../../../base/disposables.ts';
import type { Log } from '../../../base/log.ts';
import type { TlsFiles } from '../imap/options.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Users } from '../users.ts';
import type { Door, SmtpRoom } from './door.ts';
import { incomingDoor } from './incoming.ts';
import { DEFAULT_SMTP_LIMITS, type SmtpLimits } from './limits.ts';
import { type ListenOptions, listenAt, type Place } from './listener.ts';
import { lmtpDoor } from './lmtp.ts';

/** Which doors are open. */
export interface SmtpSetup {
  /** Where other servers bring mail. 0: any free port. */
  readonly port: number;
  /** Where an MTA of one's own does (RFC 2033). */
  readonly lmtp?: Place | undefined;
  readonly limits?: Partial<SmtpLimits> | undefined;
}

export interface SmtpOptions extends SmtpSetup {
  readonly host: string;
  readonly tls?: TlsFiles | undefined;
  /** The name in the greeting and in Received fields; default the host's. */
  readonly name?: string | undefined;
  readonly store: MailStore;
  readonly users: Users;
  readonly clock: Clock;
  readonly log: Log;
}

/** SMTP servers that listen. Ports are 0 where there is none. */
export interface SmtpDoors extends AsyncDisposable {
  readonly port: number;
  readonly lmtpPort: number;
}

/** Opens the doors; throws what `listenAt` throws, with all closed again. */
export async function startSmtp(options: SmtpOptions): Promise<SmtpDoors> {
  const { host, port, tls, lmtp } = options;
  const room: SmtpRoom = {
    ...options,
    name: options.name ?? hostname(),
    limits: { ...DEFAULT_SMTP_LIMITS, ...options.limits },
  };
  const doors = new Disposables();
  const open = async (door: Door, at: ListenOptions) => doors.use(await listenAt(room, door, at)).port;
  try {
    const starttls = tls && { ...tls, mode: 'starttls' as const };
    return {
      port: await open(incomingDoor(room), { place: { host, port }, tls: starttls }),
      lmtpPort: lmtp ? await open(lmtpDoor(room), { place: lmtp }) : 0,
      [Symbol.asyncDispose]: () => doors[Symbol.asyncDispose](),
    };
  } catch (error) {
    await doors[Symbol.asyncDispose]();
    throw error;
  }
}
