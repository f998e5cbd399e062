import type { NextSource } from './byte-reader.ts';
import { ItemParser } from './item-parser.ts';
import type { Item } from './items.ts';
import { BrokenSegment, LineReader, type LineReaderOptions } from './line-reader.ts';
import { confused } from './wire-error.ts';

/** `[UIDVALIDITY 5]`: name `UIDVALIDITY`, items 5. Unreadable arguments give no items; `text` has them as they came. */
export interface ResponseCode {
  /** Upper case. */
  readonly name: string;
  readonly items: readonly Item[];
  readonly text: string;
}

/** `+ text`: the server takes the next literal, or waits for an answer. */
export interface Continuation {
  readonly kind: 'continuation';
  readonly text: string;
}

export interface StatusResponse {
  readonly kind: 'status';
  /** `*` when untagged. */
  readonly tag: string;
  readonly status: 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH';
  readonly code: ResponseCode | undefined;
  readonly text: string;
}

/** Untagged data: `* 12 FETCH (...)`: number 12, name `FETCH`, one item. */
export interface DataResponse {
  readonly kind: 'data';
  readonly number: number | undefined;
  /** Upper case. */
  readonly name: string;
  readonly items: readonly Item[];
}

export type Response = Continuation | StatusResponse | DataResponse;

const STATUS = /^(\S+) (OK|NO|BAD|BYE|PREAUTH)(?: |$)/i;
const DATA = /^\* (?:(\d{1,10}) )?([A-Za-z][A-Za-z0-9.-]{0,40})(?: |$)/;

/**
 * Reads responses, for a client. What breaks the grammar throws MailError `server-confused`; an end in
 * the middle `session-lost`.
 */
export class ResponseReader {
  readonly #lines: LineReader;

  constructor(source: AsyncIterable<Uint8Array>, options: LineReaderOptions = {}) {
    this.#lines = new LineReader(source, 'server-confused', options);
  }

  /** The next response; undefined when the server closed the connection between two. */
  async next(): Promise<Response | undefined> {
    const segment = await this.#lines.line();
    if (!segment) return undefined;
    if (segment[0] === 0x2b) return { kind: 'continuation', text: segment.toString('utf8', 1).trimStart() };
    const start = segment.toString('latin1', 0, 120);
    const status = STATUS.exec(start);
    if (status) return this.#status(segment, status);
    const data = DATA.exec(start);
    if (data) return await this.#data(segment, data);
    throw confused('server-confused', 'a line is neither tagged, nor data, nor a continuation');
  }

  /** Goes on with another source after STARTTLS or COMPRESS; `unread` must be dropped or inflated. */
  replaceSource(next: NextSource): Promise<void> {
    return this.#lines.replaceSource(next);
  }

  #status(segment: Buffer, match: RegExpExecArray): StatusResponse {
    const [whole, tag = '', word = ''] = match;
    const text = segment.toString('utf8', whole.length);
    const code = /^\[([^\]\s]+)(?: ([^\]]*))?\] ?/.exec(text);
    return {
      kind: 'status',
      tag,
      status: word.toUpperCase() as StatusResponse['status'],
      code: code ? this.#code(code) : undefined,
      text: code ? text.slice(code[0].length) : text,
    };
  }

  #code(match: RegExpExecArray): ResponseCode {
    const text = match[2] ?? '';
    const name = (match[1] ?? '').toUpperCase();
    const parser = new ItemParser(this.#lines.limits, 'server-confused');
    try {
      const literal = parser.feed(Buffer.from(text), 0);
      return { name, items: literal ? [] : parser.finish(), text };
    } catch {
      // RFC 9051 resp-text-code: an unknown code may hold any text.
      return { name, items: [], text };
    }
  }

  async #data(segment: Buffer, match: RegExpExecArray): Promise<DataResponse> {
    const [whole, digits, word = ''] = match;
    const head = {
      tag: '*',
      name: word.toUpperCase(),
      number: digits === undefined ? undefined : Number(digits),
    };
    try {
      const items = await this.#lines.items(segment, whole.length, head);
      return { kind: 'data', number: head.number, name: head.name, items };
    } catch (error) {
      throw error instanceof BrokenSegment ? error.cause : error;
    }
  }
}
