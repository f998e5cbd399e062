import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Account } from '../account.ts';
import { Capabilities } from './capabilities.ts';
import { Connection } from './connection/connection.ts';
import { Dialogue } from './dialogue.ts';
import { type Profile, type ProfileData, takesFlights } from './profile.ts';

export interface SessionOptions {
  readonly account: Account;
  /** A TCP connection, at once writable; `Link.connect` fits. */
  readonly connect: (host: string, port: number) => Duplex;
  /** Where what is learnt of the server is kept. */
  readonly profilePath: string;
  readonly clock: Clock;
  /** A clock before this instant (milliseconds since 1970) is known to be wrong; TLS errors then say so. */
  readonly clockFloor?: number | undefined;
  readonly log: Log;
  /** `auto` (default): deflate when the session's `compress` is called and the server has it; `never`: not even then. */
  readonly compress?: 'auto' | 'never' | undefined;
  /** Milliseconds without a byte from the server, while one is due, that end the session. Default 60,000. */
  readonly stallMs?: number | undefined;
  /**
   * How `logout` takes leave: `close` (default) sends nothing and closes the connection when all is answered, which
   * RFC 9051 3 knows but advises against, and which saves about 110 bytes down; `logout` sends LOGOUT in the last flight.
   */
  readonly farewell?: 'logout' | 'close' | undefined;
  /** Find out, when the server is asked anyway, whether it takes commands before its greeting. Default true. */
  readonly probeEarly?: boolean | undefined;
}

/** A connection with its dialogue, and what it teaches about the server. */
export interface Opened {
  readonly connection: Connection;
  readonly dialogue: Dialogue;
  /** What commands are built by. */
  capabilities: Capabilities;
  /** The address was taken from the profile. */
  readonly byAddress: boolean;
  /** What to remember beside what TLS says. */
  readonly learnt: Partial<Omit<ProfileData, 'identity' | 'ticket' | 'keyShare'>>;
}

/** Connects; nothing is sent before `dialogue.open`. `capabilities` are those remembered, undefined: not asked yet. */
export function connectTo(options: SessionOptions, profile: Profile, capabilities?: Capabilities): Opened {
  const { account, clock, clockFloor, log, stallMs = 60_000 } = options;
  const { ticket, address, keyShare } = profile.data;
  const tcp = options.connect(address ?? account.host, account.port);
  const { ca, servername } = account.tls;
  const connection = new Connection(tcp, {
    host: account.host,
    ca,
    servername,
    ticket: ticket === null ? undefined : Buffer.from(ticket, 'base64'),
    keyShare,
    clock,
    clockFloor,
  });
  const server = `${account.host}:${account.port}`;
  const assumed = capabilities !== undefined;
  const largestFreeLiteral = () => opened.capabilities.largestFreeLiteral;
  const opened: Opened = {
    connection,
    dialogue: new Dialogue({
      connection,
      server,
      log,
      clock,
      stallMs,
      assumed,
      largestFreeLiteral,
      oneByOne: !takesFlights(profile),
    }),
    capabilities: capabilities ?? new Capabilities([]),
    byAddress: address !== null,
    learnt: {},
  };
  tcp.once('connect', () => noteAddress(opened, tcp, account));
  return opened;
}

/** Writes what this connection taught into the profile, if it is new. */
export async function remember(profile: Profile, { connection, learnt }: Opened): Promise<void> {
  const { ticketRefused, ticket, keyShare = profile.data.keyShare } = connection.tls;
  const kept = ticketRefused ? null : profile.data.ticket;
  const next = { ...profile.data, ...learnt, keyShare, ticket: ticket?.toString('base64') ?? kept };
  if (JSON.stringify(next) === JSON.stringify(profile.data)) return;
  await profile.update((data) => void Object.assign(data, next));
}

/** A name costs a round trip; the address that it led to is as good while the server behind it is verified. */
function noteAddress(opened: Opened, tcp: Duplex, account: Account): void {
  const address = (tcp as { remoteAddress?: unknown }).remoteAddress;
  if (typeof address === 'string' && address !== account.host) opened.learnt.address = address;
}
