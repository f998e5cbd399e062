import type { SyncOptions } from '../../../../src/mail/sync/options.ts';
import type { SyncResult } from '../../../../src/mail/sync/result.ts';

/** The mailboxes of every situation; all are synchronised. */
export const MAILBOXES = ['INBOX', 'Archive', 'Sent'] as const;

/**
 * Messages by name, apart by spaces: `a b:FS` is a message `a` without flags and a message `b` with the flags of these Maildir
 * letters (`T`: `\Deleted`) and, behind `+`, keywords: `b:FS+work`. What a name stands for is in `contents.ts`.
 */
export type Messages = string;

/** What other clients do at the server. Each message is meant by its name; the mailbox is INBOX unless it is given. */
export interface ServerSide {
  add(messages: Messages, mailbox?: string): Promise<void>;
  /** From now on it has exactly these flags and keywords: `FS+work`. */
  mark(name: string, flags: string, mailbox?: string): Promise<void>;
  /** These go; others that have `\Deleted` stay. */
  expunge(names: Messages, mailbox?: string): Promise<void>;
  move(name: string, from: string, to: string): Promise<void>;
  /** The same messages under other UIDs and another UIDVALIDITY. Not INBOX. */
  renumber(mailbox: string): Promise<void>;
  /** A line for each message: name, flags, INTERNALDATE, hash of the content. Sorted. */
  list(mailbox: string): Promise<string[]>;
}

/** What the user's mail readers do with the copy: names of files, nothing that this program would have to be told. */
export interface DeviceSide {
  /** From now on the file has exactly these letters; it is in `cur` then. */
  mark(name: string, letters: string, mailbox?: string): Promise<void>;
  remove(names: Messages, mailbox?: string): Promise<void>;
  /** The file, under its base name, into another mailbox. */
  move(name: string, from: string, to: string): Promise<void>;
  /** A second file of the same base name and time in another mailbox; in the same one, of a base name with a prefix. */
  copy(name: string, from: string, to: string): Promise<void>;
  /** New messages without a UID in their names, as a mail reader writes them. */
  write(messages: Messages, mailbox?: string): Promise<void>;
  /** A file is put aside, out of all mailboxes ... */
  take(name: string, mailbox?: string): Promise<void>;
  /** ... and put back, with the letters it had. */
  putBack(name: string, mailbox?: string): Promise<void>;
  /** As `ServerSide.list`, with the keywords that are agreed. */
  list(mailbox: string): Promise<string[]>;
  /** Paths of all messages below the root. */
  paths(): Promise<string[]>;
}

export interface Scene {
  readonly server: ServerSide;
  readonly device: DeviceSide;
  /** Synchronises all mailboxes. */
  sync(more?: Partial<SyncOptions>): Promise<SyncResult>;
  /** The same by a program that dies at this operation on its files. */
  dyingSync(operation: number): Promise<void>;
}

export interface Situation {
  readonly name: string;
  /** Then it is synchronised: both copies are in step. */
  before?(scene: Scene): Promise<void>;
  change(scene: Scene): Promise<void>;
  /** For the synchronisation after the change. */
  readonly options?: Partial<SyncOptions>;
  /** What is then on both sides; a mailbox that is not named is empty. */
  readonly after: Readonly<Record<string, Messages>>;
  /** What is then here, where that is something else. */
  readonly here?: Readonly<Record<string, Messages>>;
  /** Mailboxes that do not end as `ok`. */
  readonly results?: Readonly<Record<string, string>>;
}
