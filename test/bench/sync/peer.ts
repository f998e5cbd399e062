import type { Dovecot } from '../../support/dovecot.ts';
import type { ManyMessages } from '../harness/mailbox.ts';
import type { Use } from './measured.ts';

/** What is changed in a copy before a run, by UID. */
export interface LocalChange {
  readonly flagged: readonly number[];
  readonly removed: readonly number[];
}

/** What the server's request says is new. */
export interface Hint {
  readonly count: number;
  /** Bytes. */
  readonly size: number;
}

/** What a run did to the copy. */
export interface Brought {
  /** New messages as they are stored. */
  readonly texts: readonly string[];
  readonly flagged: readonly number[];
  readonly removed: readonly number[];
}

export interface Run {
  readonly use: Use;
  readonly brought: Brought;
  /** The program's own word that it failed; absent when it says that all is well. */
  readonly complaint?: string;
}

/** A client with a copy of its own of a mailbox of its own. */
export interface Peer {
  readonly name: PeerName;
  /** Name of its user at the server. */
  readonly user: string;
  /** It only brings new mail: knows nothing of flags, and sends nothing up. */
  readonly onlyNewMail?: true;
  /** Brings its copy in step, the server known: what no one measures. */
  settle(signal: AbortSignal): Promise<void>;
  change(change: LocalChange): Promise<void>;
  /** One synchronisation in a process of its own. */
  synchronise(hint: Hint | undefined, signal: AbortSignal): Promise<Run>;
}

export type PeerName = 'ringpost' | 'mbsync' | 'imapflow' | 'fetchmail';

/** What a peer is made of. */
export interface PeerParts {
  readonly server: Pick<Dovecot, 'ca' | 'password'>;
  /** Port of the proxy before the server, on 127.0.0.1. */
  readonly port: number;
  readonly user: string;
  /** A directory of its own, which is there. */
  readonly directory: string;
  /** What is in the mailbox. */
  readonly many: ManyMessages;
  /** Folder of the compiled scripts of `harness/tsconfig.json`; see `compileScripts`. */
  readonly scripts: string;
}

export type MakePeer = (parts: PeerParts) => Promise<Peer>;

/** Name in the server's certificate. */
export const SERVER_NAME = 'mail.example';
