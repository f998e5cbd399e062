import { ByteReader, type NextSource } from './byte-reader.ts';
import { ItemParser, type LiteralHeader } from './item-parser.ts';
import type { Item } from './items.ts';
import { DEFAULT_LIMITS, type WireLimits } from './limits.ts';
import { type ConfusedCode, confused, lost } from './wire-error.ts';

/** What is known of a line when a literal in it begins. */
export interface LiteralPlace extends LiteralHeader {
  /** Tag of a command or response, `*` for untagged data. */
  readonly tag: string;
  /** Command or response name in upper case: `APPEND`, `FETCH`. */
  readonly name: string;
  /** `* 12 FETCH`: 12. */
  readonly number: number | undefined;
  /** Items before the literal, top level. */
  readonly items: readonly Item[];
  /** Items before the literal in the innermost open list (the same as `items` when none is open). */
  readonly innermost: readonly Item[];
}

export interface LineReaderOptions {
  readonly limits?: Partial<WireLimits>;
  /**
   * Called before the bytes of a literal are read. A server writes its `+ ` line here when it is
   * synchronising. Throwing refuses the literal: the bytes of a synchronising one will never come, those of
   * another one are passed over, and `next` throws the error; the reader stands at the next line then.
   */
  readonly admit?: (place: LiteralPlace) => void | Promise<void>;
  /**
   * Takes a literal as a stream instead of in memory: returns a promise; undefined leaves it to be buffered.
   * What it did not read of `chunks` is passed over. Its value becomes the item's `value`. When it rejects, `next`
   * throws that error, after the rest of the literal was passed over.
   */
  readonly take?: (place: LiteralPlace, chunks: AsyncIterable<Buffer>) => Promise<unknown> | undefined;
}

export type Head = Pick<LiteralPlace, 'tag' | 'name' | 'number'>;

/** Reads lines with their literals; the part that both directions share. */
export class LineReader {
  readonly code: ConfusedCode;
  #limits: WireLimits;
  readonly #bytes: ByteReader;
  readonly #options: LineReaderOptions;

  constructor(source: AsyncIterable<Uint8Array>, code: ConfusedCode, options: LineReaderOptions) {
    this.code = code;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#bytes = new ByteReader(source, code);
    this.#options = options;
  }

  get limits(): WireLimits {
    return this.#limits;
  }

  /** From the next line on. */
  setLimits(limits: Partial<WireLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  /** A line as it is: the first segment of a command or response, DONE, a base64 answer. */
  line(): Promise<Buffer | undefined> {
    return this.#bytes.line(this.limits.maxLine);
  }

  replaceSource(next: NextSource): Promise<void> {
    return this.#bytes.replaceSource(next);
  }

  /** The items from byte `from` of `segment` on, with all literals and segments that belong to them. */
  async items(segment: Buffer, from: number, head: Head): Promise<readonly Item[]> {
    const parser = new ItemParser(this.limits, this.code);
    let left = this.limits.maxLine - segment.length;
    let last = segment;
    let header = this.#feed(parser, segment, from);
    for (let count = 1; header; count += 1) {
      if (count > this.limits.maxLiterals) {
        throw new BrokenSegment(
          last,
          confused(this.code, `more than ${this.limits.maxLiterals} literals in a line`),
        );
      }
      parser.supply(await this.#literal({ ...header, ...head, ...seen(parser) }));
      const next = await this.#bytes.line(Math.max(0, left));
      if (!next) throw lost('after a literal');
      last = next;
      left -= next.length;
      header = this.#feed(parser, next, 0);
    }
    return parser.finish();
  }

  /** After an error in a segment: passes over the non-synchronising literals that the sender sends regardless. */
  async passOver(segment: Buffer | undefined): Promise<void> {
    let line = segment;
    for (let size = announced(line); size !== undefined; size = announced(line)) {
      await drain(this.#chunks(size));
      line = await this.#bytes.line(this.limits.maxLine);
    }
  }

  #feed(parser: ItemParser, segment: Buffer, from: number): LiteralHeader | undefined {
    try {
      return parser.feed(segment, from);
    } catch (error) {
      throw new BrokenSegment(segment, error);
    }
  }

  async #literal(place: LiteralPlace): Promise<Item> {
    await this.#admit(place);
    const chunks = this.#chunks(place.size);
    const taken = this.#options.take?.(place, chunks);
    if (!taken) return this.#buffer(place, chunks);
    try {
      return { kind: 'streamed', size: place.size, value: await taken };
    } catch (error) {
      await drain(chunks);
      await this.#restOfLine();
      throw error;
    } finally {
      await drain(chunks);
    }
  }

  async #admit(place: LiteralPlace): Promise<void> {
    try {
      await this.#options.admit?.(place);
    } catch (error) {
      if (!place.synchronising) {
        await drain(this.#chunks(place.size));
        await this.#restOfLine();
      }
      throw error;
    }
  }

  async #buffer(place: LiteralPlace, chunks: AsyncIterable<Buffer>): Promise<Item> {
    if (place.size > this.limits.maxBufferedLiteral) {
      await drain(chunks);
      await this.#restOfLine();
      throw confused(
        this.code,
        `a literal of ${place.size} bytes where at most ${this.limits.maxBufferedLiteral} fit`,
      );
    }
    const bytes = Buffer.allocUnsafe(place.size);
    let at = 0;
    for await (const chunk of chunks) at += chunk.copy(bytes, at);
    return { kind: 'literal', bytes, binary: place.binary };
  }

  async #restOfLine(): Promise<void> {
    await this.passOver(await this.#bytes.line(this.limits.maxLine));
  }

  #chunks(size: number): AsyncIterable<Buffer> {
    let left = size;
    const bytes = this.#bytes;
    const pull = async (): Promise<IteratorResult<Buffer>> => {
      if (left === 0) return { done: true, value: undefined };
      const piece = await bytes.piece(left);
      left -= piece.length;
      return { done: false, value: piece };
    };
    return { [Symbol.asyncIterator]: () => ({ next: pull }) };
  }
}

/** An error in a segment, with the segment, so that the reader can find the next line. */
export class BrokenSegment extends Error {
  readonly segment: Buffer;

  constructor(segment: Buffer, cause: unknown) {
    super('broken segment', { cause });
    this.segment = segment;
  }
}

function seen(parser: ItemParser): { items: readonly Item[]; innermost: readonly Item[] } {
  return { items: parser.items, innermost: parser.innermost };
}

function announced(segment: Buffer | undefined): number | undefined {
  const match =
    segment && /\{(\d{1,10})\+\}$/.exec(segment.toString('latin1', Math.max(0, segment.length - 16)));
  return match ? Number(match[1]) : undefined;
}

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks);
}
