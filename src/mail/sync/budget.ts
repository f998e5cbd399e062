import { MailError } from '../errors.ts';

/** Message bytes that one synchronisation may still download, over all its mailboxes. */
export class Budget {
  readonly bytes: number;
  readonly consent: boolean;
  #left: number;

  constructor(bytes: number, consent: boolean) {
    this.bytes = bytes;
    this.consent = consent;
    this.#left = bytes;
  }

  /** Whether a download of `bytes` needs to be asked for. `consented`: it was agreed to earlier. */
  refuses(bytes: number, consented = false): boolean {
    return !this.consent && !consented && bytes > this.#left;
  }

  take(bytes: number): void {
    this.#left -= bytes;
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
