import type { Download } from './download.ts';
import type { Plan } from './plan.ts';
import type { Figures } from './result.ts';

const NOTHING: Figures = {
  fetched: 0,
  fetchedBytes: 0,
  flagged: 0,
  expunged: 0,
  appended: 0,
  transferred: 0,
  flagsTold: 0,
  removedThere: 0,
};

/** What a synchronisation of one mailbox did so far. */
export class Tally {
  #figures = NOTHING;
  /** Messages that the server did not take, and why. */
  readonly refused: string[] = [];

  addPlan({ flagged, expunged }: Plan): void {
    this.add({ flagged, expunged });
  }

  addDownload({ fetched, bytes }: Download): void {
    this.add({ fetched, fetchedBytes: bytes });
  }

  add(more: Partial<Figures>): void {
    const next: { -readonly [Name in keyof Figures]: number } = { ...this.#figures };
    for (const name of Object.keys(more) as (keyof Figures)[]) next[name] += more[name] ?? 0;
    this.#figures = next;
  }

  refuse(what: string): void {
    this.refused.push(what);
  }

  figures(): Figures {
    return this.#figures;
  }
}
