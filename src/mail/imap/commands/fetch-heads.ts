import type { FlagUpdate, ListedMessage } from '../../session.ts';
import type { UidSet } from '../../uid-set.ts';
import type { Capabilities } from '../capabilities.ts';
import type { Command } from '../command.ts';
import { type FetchData, fetchData, headOf } from '../fetch-data.ts';
import { bytesOf, listOf } from '../wire/items.ts';
import type { DataResponse, StatusResponse } from '../wire/response-reader.ts';

/** UID FETCH of what fits in memory; one result per message, the last word counts. */
class FetchHeads<T extends FlagUpdate> implements Command<readonly T[]> {
  readonly verb = 'UID FETCH';
  readonly parts;
  readonly #uids: UidSet;
  readonly #read: (data: FetchData) => T | undefined;
  readonly #found = new Map<number, T>();

  constructor(uids: UidSet, items: string, read: (data: FetchData) => T | undefined) {
    this.#uids = uids;
    this.#read = read;
    this.parts = [`UID FETCH ${uids} ${items}`];
  }

  data(response: DataResponse | StatusResponse): void {
    if (response.kind !== 'data' || response.name !== 'FETCH') return;
    const found = this.#read(fetchData(listOf(response.items[0]) ?? []));
    if (found && this.#uids.has(found.uid)) this.#found.set(found.uid, found);
  }

  result(): readonly T[] {
    return [...this.#found.values()];
  }
}

/** Flags; only those changed since `changedSince` where given (RFC 7162 3.1.4.1). */
export function fetchFlagsCommand(
  uids: UidSet,
  changedSince: bigint | undefined,
  capabilities: Capabilities,
): Command<readonly FlagUpdate[]> {
  const modseq = capabilities.condstore ? ' MODSEQ' : '';
  const modifier = changedSince === undefined ? '' : ` (CHANGEDSINCE ${changedSince})`;
  return new FetchHeads(uids, `(UID FLAGS${modseq})${modifier}`, ({ uid, flags, modseq }) =>
    uid === undefined || flags === undefined ? undefined : { uid, flags, modseq },
  );
}

/** Heads with Message-ID. */
export function listCommand(uids: UidSet, capabilities: Capabilities): Command<readonly ListedMessage[]> {
  const modseq = capabilities.condstore ? ' MODSEQ' : '';
  const items = `(UID FLAGS INTERNALDATE RFC822.SIZE${modseq} BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])`;
  return new FetchHeads(uids, items, (data) => {
    const head = headOf(data);
    const header = data.sections.find(([section]) => section.items.length > 0)?.[1];
    return head && header && { ...head, messageId: messageIdIn(bytesOf(header)) };
  });
}

function messageIdIn(header: Buffer | undefined): string | undefined {
  return header && /^message-id[ \t]*:\s*(<[^<>]*>)/im.exec(header.toString('utf8'))?.[1];
}
