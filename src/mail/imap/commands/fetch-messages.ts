import { MailError } from '../../errors.ts';
import type { FetchOptions, OnMessage } from '../../session.ts';
import type { UidSet } from '../../uid-set.ts';
import type { Capabilities } from '../capabilities.ts';
import type { Command } from '../command.ts';
import { fetchData, headOf } from '../fetch-data.ts';
import { bytesOf, type Item, isNil, listOf } from '../wire/items.ts';
import type { LiteralPlace } from '../wire/line-reader.ts';
import type { DataResponse, StatusResponse } from '../wire/response-reader.ts';
import { confused } from '../wire/wire-error.ts';

/** Bodies, or how they begin, streamed as they come. */
export class FetchMessagesCommand implements Command<void> {
  readonly verb = 'UID FETCH';
  readonly parts;
  readonly #uids: UidSet;
  readonly #onMessage: OnMessage;
  readonly #limit: number | undefined;
  #delivered = false;

  constructor(uids: UidSet, onMessage: OnMessage, capabilities: Capabilities, { limit }: FetchOptions = {}) {
    this.#uids = uids;
    this.#onMessage = onMessage;
    this.#limit = limit;
    const modseq = capabilities.condstore ? ' MODSEQ' : '';
    const partial = limit === undefined ? '' : `<0.${limit}>`;
    this.parts = [`UID FETCH ${uids} (UID FLAGS INTERNALDATE RFC822.SIZE${modseq} BODY.PEEK[]${partial})`];
  }

  get delivered(): boolean {
    return this.#delivered;
  }

  /** The usual case: the body comes last, all that the head needs was there before it. */
  take(place: LiteralPlace, chunks: AsyncIterable<Buffer>): Promise<unknown> | undefined {
    if (place.name !== 'FETCH' || !this.#isAsked(place.innermost[place.innermost.length - 1]))
      return undefined;
    const data = fetchData(place.innermost);
    const head = headOf(data);
    if (!head || !this.#uids.has(head.uid)) return undefined;
    this.#delivered = true;
    return this.#onMessage(head, chunks);
  }

  /** A body that came before the rest of its head, or as a quoted string, is in memory now. */
  async data(response: DataResponse | StatusResponse): Promise<void> {
    if (response.kind !== 'data' || response.name !== 'FETCH') return;
    const data = fetchData(listOf(response.items[0]) ?? []);
    const body = data.sections.find(([section]) => this.#isAsked(section))?.[1];
    // Without a body it is news about flags (RFC 9051 7.5.2); NIL is a message that is gone.
    if (!body || body.kind === 'streamed' || isNil(body)) return;
    if (data.uid !== undefined && !this.#uids.has(data.uid)) return;
    const head = headOf(data);
    const bytes = bytesOf(body);
    if (!head || !bytes)
      throw confused('server-confused', 'FETCH gave a body without what was asked for with it');
    this.#delivered = true;
    await this.#onMessage(head, once(bytes));
  }

  result(): void {}

  /** The reply to a partial FETCH names its origin (RFC 9051 6.4.5); without one, it is the whole message. */
  #isAsked(item: Item | undefined): boolean {
    if (item?.kind !== 'section' || item.name !== 'BODY' || item.items.length > 0) return false;
    return item.origin === undefined || (item.origin === 0 && this.#limit !== undefined);
  }

  /** RFC 5530 [EXPUNGEISSUED], Dovecot and Cyrus: some messages were gone; the others came. */
  refused({ status, text, code }: StatusResponse): void {
    if (status === 'NO' && code?.name === 'EXPUNGEISSUED') return;
    throw new MailError(`UID FETCH ${String(this.#uids).slice(0, 80)}: ${status} ${text}`, {
      code: status === 'NO' ? 'server-refused' : 'server-confused',
      temporary: status === 'NO',
      fields: { response: code?.name },
    });
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
