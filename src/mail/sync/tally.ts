import type { Plan } from './plan.ts';
import type { Figures } from './result.ts';

export const NO_FIGURES: Figures = {
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
  #figures = NO_FIGURES;
  /** For the user: what the server did not take, and why; what stays as it is. */
  readonly remarks: string[] = [];

  addPlan({ flagged, expunged }: Plan): void {
    this.add({ flagged, expunged });
  }

  add(more: Partial<Figures>): void {
    const next: { -readonly [Name in keyof Figures]: number } = { ...this.#figures };
    for (const name of Object.keys(more) as (keyof Figures)[]) next[name] += more[name] ?? 0;
    this.#figures = next;
  }

  remark(what: string): void {
    this.remarks.push(what);
  }

  figures(): Figures {
    return this.#figures;
  }
}
