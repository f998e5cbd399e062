import { MailError } from '../errors.ts';
import type { Copy } from './copy.ts';

/** Message bytes that one synchronisation may still download, over all its mailboxes. */
export class Budget {
  /** More than this is only downloaded after the user has agreed. */
  readonly bytes: number;
  readonly consent: boolean;
  #left: number;
  #session: number;

  /** `session`: what a session brings at most of mail that needs no consent; the rest waits for the next. */
  constructor(bytes: number, consent: boolean, session = Number.POSITIVE_INFINITY) {
    this.bytes = bytes;
    this.consent = consent;
    this.#left = bytes;
    this.#session = consent ? Number.POSITIVE_INFINITY : session;
  }

  /** Whether a download of `bytes` needs to be asked for. `consented`: it was agreed to earlier. */
  refuses(bytes: number, consented = false): boolean {
    return !this.consent && !consented && bytes > this.#left;
  }

  /** Whether `bytes` are left in this session. */
  fits(bytes: number, consented = false): boolean {
    return consented || bytes <= this.#session;
  }

  /** Takes the bytes of one message. MailError `consent-needed` when that has to be asked for first. */
  charge({ mailbox, state }: Pick<Copy, 'mailbox' | 'state'>, bytes: number, atLeast?: string): void {
    if (this.refuses(bytes, state.consented))
      throw consentNeeded(mailbox, { count: 1, bytes }, this, atLeast);
    this.#left -= bytes;
    this.#session -= bytes;
  }
}

/** MailError `consent-needed`, with the figures that the user is to judge by. */
export function consentNeeded(
  mailbox: string,
  download: { count: number; bytes: number },
  budget: Budget,
  atLeast = '',
): MailError {
  const { count, bytes } = download;
  const text = `${mailbox}: ${count} messages with ${atLeast}${bytes} bytes are to be downloaded, the budget is ${budget.bytes}`;
  return new MailError(text, {
    code: 'consent-needed',
    fields: { mailbox, count, bytes, budget: budget.bytes },
  });
}

/** MailError `owed`: the session's share is used up, and older mail waits on the server. */
export function overSession(mailbox: string): MailError {
  return new MailError(`${mailbox}: more new mail than a session brings; the rest waits for the next`, {
    code: 'owed',
    fields: { mailbox },
  });
}
