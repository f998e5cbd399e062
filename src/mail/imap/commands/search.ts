import { UidSet } from '../../uid-set.ts';
import type { Capabilities } from '../capabilities.ts';
import type { Command } from '../command.ts';
import { keywordOf, numberOf, textOf } from '../wire/items.ts';
import type { DataResponse, StatusResponse } from '../wire/response-reader.ts';
import { parseSequenceSet } from '../wire/sequence-set.ts';

/** Which UIDs exist: as ranges where the server has ESEARCH (RFC 4731), else one by one. */
export class ExistingCommand implements Command<UidSet> {
  readonly verb = 'UID SEARCH';
  readonly parts;
  readonly #uids: UidSet;
  #found: UidSet = UidSet.empty;

  constructor(uids: UidSet, capabilities: Capabilities) {
    this.#uids = uids;
    this.parts = [`UID SEARCH ${capabilities.has('ESEARCH') ? 'RETURN (ALL) ' : ''}UID ${uids}`];
  }

  data(response: DataResponse | StatusResponse): void {
    if (response.kind !== 'data') return;
    if (response.name === 'ESEARCH') this.#ranges(response);
    if (response.name === 'SEARCH') {
      this.#found = this.#found.union(UidSet.of(response.items.flatMap((item) => numberOf(item) || [])));
    }
  }

  result(): UidSet {
    return this.#found.intersect(this.#uids);
  }

  #ranges({ items }: DataResponse): void {
    const at = items.findIndex((item) => keywordOf(item) === 'ALL');
    const all = at < 0 ? undefined : textOf(items[at + 1]);
    if (all !== undefined) this.#found = this.#found.union(parseSequenceSet(all, 0, 'server-confused'));
  }
}
