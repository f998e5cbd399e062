import type { UidSet } from './uid-set.ts';

/** Which of the extensions that change the plan this server has, as remembered or as it just said. */
export interface Offers {
  readonly condstore: boolean;
  readonly qresync: boolean;
  readonly uidplus: boolean;
  readonly move: boolean;
  readonly compress: boolean;
}

/** What the copy knows of a mailbox; sent along with SELECT where the server has QRESYNC. */
export interface Known {
  readonly uidvalidity: number;
  /** HIGHESTMODSEQ that the copy is in step with (63 bits, RFC 7162 3.1); absent: never known. */
  readonly modseq?: bigint;
  /** UIDs that the copy holds. */
  readonly uids: UidSet;
}

export interface FlagUpdate {
  readonly uid: number;
  /** System flags and keywords as the server spells them, `\Recent` left out. */
  readonly flags: readonly string[];
  readonly modseq?: bigint | undefined;
}

export interface Selected {
  readonly uidvalidity: number;
  readonly uidnext: number;
  readonly exists: number;
  /** Absent: the mailbox keeps none (NOMODSEQ) or the server has no CONDSTORE. */
  readonly highestModseq?: bigint | undefined;
  /**
   * Whether the server told all changes since `known.modseq` (QRESYNC was used, same UIDVALIDITY):
   * `changed` and `vanished` are then complete.
   */
  readonly resynced: boolean;
  readonly changed: readonly FlagUpdate[];
  readonly vanished: UidSet;
}

/** A message without its body. */
export interface MessageHead extends FlagUpdate {
  /** RFC822.SIZE in bytes. */
  readonly size: number;
  /** INTERNALDATE, milliseconds since 1970. */
  readonly internalDate: number;
}

export interface ListedMessage extends MessageHead {
  /** Message-ID with its angle brackets; undefined when it has none. */
  readonly messageId: string | undefined;
}

/** Flags to be set and flags to be cleared; all others stay as they are. */
export interface FlagChange {
  readonly set: readonly string[];
  readonly clear: readonly string[];
}

/** A message for the server. */
export interface NewMessage {
  /** With CRLF line ends. */
  readonly content: Buffer;
  readonly flags: readonly string[];
  /** INTERNALDATE, milliseconds since 1970; the server keeps whole seconds. */
  readonly internalDate: number;
}

/** Which UIDs messages got in a mailbox: `[before, now]` (RFC 4315 COPYUID), or `[0, now]` for one that is new (APPENDUID). */
export interface Placed {
  readonly uidvalidity: number;
  readonly uids: readonly (readonly [before: number, now: number])[];
}

/** Called for each message in the server's order; the next one is read when it resolves. It must read `body` to its end or leave it untouched (it is skipped then). */
export type OnMessage = (head: MessageHead, body: AsyncIterable<Uint8Array>) => Promise<void>;

export interface FetchOptions {
  /**
   * Most bytes of each message to bring, 1 or more: a longer one comes as its first `limit` bytes. Fewer are a whole message,
   * whatever `head.size` says (Exchange may give the size in its store as RFC822.SIZE); as many or more, from a server
   * that knows no partial FETCH, are one when `head.size` says so.
   */
  readonly limit?: number | undefined;
}

export interface SessionCost {
  /** Bytes on the TCP connection, TLS and compression included. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** How often the session had to wait for the server before it could go on, TCP handshake not counted. */
  readonly roundTrips: number;
}

/**
 * One authenticated session at a mail server, pipelined: each call writes its command at once (or with the
 * flight that waits for the greeting) without waiting for earlier replies; its promise settles when its own
 * reply came. Replies come in the order of the calls, and `select` settles before any `onMessage` of a later
 * fetch is called. All UIDs belong to the mailbox selected last.
 * Errors: MailError; after `session-lost` every call rejects so.
 */
export interface MailSession extends AsyncDisposable {
  readonly offers: Offers;
  select(mailbox: string, known?: Known): Promise<Selected>;
  /** Bodies, or how they begin, and heads of these UIDs; those that no longer exist are left out. */
  fetchMessages(uids: UidSet, onMessage: OnMessage, options?: FetchOptions): Promise<void>;
  /** Flags of these UIDs; only those changed since `changedSince` where given (needs `offers.condstore`). */
  fetchFlags(uids: UidSet, changedSince?: bigint): Promise<readonly FlagUpdate[]>;
  /** Heads with Message-ID, for matching and for sizes before a large download. */
  list(uids: UidSet): Promise<readonly ListedMessage[]>;
  /** Which of these UIDs exist. */
  existing(uids: UidSet): Promise<UidSet>;
  /** Changes flags of these UIDs, without an answer for each; those that are gone are passed over. */
  changeFlags(uids: UidSet, change: FlagChange): Promise<void>;
  /**
   * Removes messages that have `\Deleted`: these UIDs, or all where the server has no UIDPLUS (RFC 4315): look before with
   * `marked`.
   */
  expunge(uids: UidSet): Promise<void>;
  /** The messages that have `\Deleted`. */
  marked(): Promise<UidSet>;
  /**
   * Adds a message to a mailbox, which need not be the selected one. Undefined: the server does not tell its UID. MailError
   * `no-mailbox`, or `server-refused`: it has not got it. When the session is lost instead, it may have.
   */
  append(mailbox: string, message: NewMessage): Promise<Placed | undefined>;
  /**
   * Copies these UIDs to another mailbox, or moves them (needs `offers.move`); flags and INTERNALDATE go along. Undefined: the
   * server does not tell the new UIDs; no pairs: none of them existed. Errors as with `append`.
   */
  transfer(uids: UidSet, mailbox: string, how: 'copy' | 'move'): Promise<Placed | undefined>;
  /** Which mailbox is for what (RFC 6154), by attribute: `\Sent` -> `Gesendet`; where the server does not say it, by common names. */
  roles(): Promise<ReadonlyMap<string, string>>;
  /** Makes a mailbox; one that is there already is fine. */
  create(mailbox: string): Promise<void>;
  /**
   * Deflates the rest of the session where the server can (RFC 4978): sent behind what was sent, and all later calls wait
   * for its result (a flight more, worth about 3.5 kB of mail). False: it stays as it was. Sessions that never can have none.
   */
  compress?(): Promise<boolean>;
  /** Takes leave behind what was sent; nothing can be called afterwards. Settles when the connection is over. */
  logout(): Promise<void>;
  cost(): SessionCost;
}

/** Connects and logs in; where the server's profile is remembered it resolves before anything came back. */
export type OpenMailSession = (signal: AbortSignal) => Promise<MailSession>;
