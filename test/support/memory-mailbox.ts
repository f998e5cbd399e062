import type { FlagChange, Known, MessageHead, Offers, Selected } from '../../src/mail/session.ts';
import { UidSet } from '../../src/mail/uid-set.ts';

export interface Stored {
  readonly uid: number;
  readonly content: Buffer;
  readonly internalDate: number;
  flags: string[];
  modseq: bigint;
}

/** One mailbox of a server in memory, with modification sequences as RFC 7162 has them. */
export class MemoryMailbox {
  uidvalidity = 1000;
  uidnext = 1;
  modseq = 10n;
  messages: Stored[] = [];
  expunged: { uid: number; modseq: bigint }[] = [];

  add(
    content: string | Buffer,
    flags: string[] = [],
    internalDate = Date.UTC(2026, 0, 1) + this.uidnext * 1000,
  ): number {
    const uid = this.uidnext;
    this.uidnext += 1;
    this.modseq += 1n;
    this.messages.push({ uid, content: Buffer.from(content), internalDate, flags, modseq: this.modseq });
    return uid;
  }

  setFlags(uid: number, flags: string[]): void {
    const message = this.messages.find((one) => one.uid === uid);
    if (!message) throw new Error(`no message ${uid}`);
    this.modseq += 1n;
    Object.assign(message, { flags, modseq: this.modseq });
  }

  change(uid: number, { set, clear }: FlagChange): void {
    const flags = this.messages.find((one) => one.uid === uid)?.flags;
    if (flags)
      this.setFlags(
        uid,
        [...new Set([...flags, ...set])].filter((flag) => !clear.includes(flag)),
      );
  }

  get marked(): Stored[] {
    return this.messages.filter(({ flags }) => flags.includes('\\Deleted'));
  }

  expunge(...uids: number[]): void {
    this.modseq += 1n;
    for (const uid of uids) this.expunged.push({ uid, modseq: this.modseq });
    this.messages = this.messages.filter((one) => !uids.includes(one.uid));
  }

  /** Keeps what the mailbox is now; calling the result brings it back. */
  snapshot(): () => void {
    const { uidvalidity, uidnext, modseq } = this;
    const expunged = [...this.expunged];
    const messages = this.messages.map((one) => ({ ...one }));
    return () => {
      const copies = messages.map((one) => ({ ...one }));
      Object.assign(this, { uidvalidity, uidnext, modseq, expunged: [...expunged], messages: copies });
    };
  }

  /** What a server does whose index was lost: all UIDs are given anew, from `first` on. */
  renumber(uidvalidity: number, first = 1): void {
    this.uidvalidity = uidvalidity;
    this.messages = this.messages.map((one, index) => ({ ...one, uid: first + index }));
    this.uidnext = first + this.messages.length;
    this.expunged = [];
  }
}

/** What SELECT says. */
export function selected(mailbox: MemoryMailbox, offers: Offers, known: Known | undefined): Selected {
  const since = known?.uidvalidity === mailbox.uidvalidity && offers.qresync ? known.modseq : undefined;
  const resynced = since !== undefined;
  const changed = mailbox.messages.filter((one) => resynced && one.modseq > since);
  const vanished = mailbox.expunged.filter(
    (one) => resynced && one.modseq > since && known?.uids.has(one.uid),
  );
  return {
    uidvalidity: mailbox.uidvalidity,
    uidnext: mailbox.uidnext,
    exists: mailbox.messages.length,
    highestModseq: offers.condstore ? mailbox.modseq : undefined,
    resynced,
    changed: changed.map(({ uid, flags, modseq }) => ({ uid, flags: [...flags], modseq })),
    vanished: UidSet.of(vanished.map((one) => one.uid)),
  };
}

export function head({ uid, flags, modseq, content, internalDate }: Stored): MessageHead {
  return { uid, flags: [...flags], modseq, size: content.length, internalDate };
}
