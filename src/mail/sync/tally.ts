import type { Download } from './download.ts';
import type { Plan } from './plan.ts';
import type { MailboxResult } from './result.ts';

/** What a synchronisation of one mailbox did so far. */
export class Tally {
  #fetched = 0;
  #fetchedBytes = 0;
  #flagged = 0;
  #expunged = 0;

  addPlan(plan: Plan): void {
    this.#flagged += plan.flagged;
    this.#expunged += plan.expunged;
  }

  addDownload(download: Download): void {
    this.#fetched += download.fetched;
    this.#fetchedBytes += download.bytes;
  }

  figures(): Pick<MailboxResult, 'fetched' | 'fetchedBytes' | 'flagged' | 'expunged'> {
    return {
      fetched: this.#fetched,
      fetchedBytes: this.#fetchedBytes,
      flagged: this.#flagged,
      expunged: this.#expunged,
    };
  }
}
