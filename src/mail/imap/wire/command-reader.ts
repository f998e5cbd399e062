import { MailError } from '../../errors.ts';
import type { NextSource } from './byte-reader.ts';
import type { Item } from './items.ts';
import type { WireLimits } from './limits.ts';
import { BrokenSegment, LineReader, type LineReaderOptions } from './line-reader.ts';
import { confused } from './wire-error.ts';

/** What a client asks: `a1 UID FETCH 1:* (FLAGS)`: tag `a1`, name `UID`, items FETCH, 1:*, list. */
export interface Command {
  readonly tag: string;
  /** Upper case. */
  readonly name: string;
  readonly items: readonly Item[];
}

/**
 * Reads commands, for a server. A command that breaks the grammar throws MailError `client-confused`, with
 * `fields.tag` where the tag could be read (answer `tag BAD`, else `* BAD`); the reader stands at the next
 * command then. An end in the middle throws `session-lost`.
 */
export class CommandReader {
  readonly #lines: LineReader;

  constructor(source: AsyncIterable<Uint8Array>, options: LineReaderOptions = {}) {
    this.#lines = new LineReader(source, 'client-confused', options);
  }

  /** The next command; undefined when the client closed the connection between two. */
  async next(): Promise<Command | undefined> {
    const segment = await this.#lines.line();
    if (!segment) return undefined;
    const tag = /^([!#-'),-[^-z|}~]+)(?: |$)/.exec(segment.toString('latin1', 0, 100))?.[1];
    try {
      return await this.#command(segment, tag);
    } catch (error) {
      if (error instanceof BrokenSegment) await this.#lines.passOver(error.segment);
      throw withTag(error instanceof BrokenSegment ? error.cause : error, tag);
    }
  }

  /** What a client may send changes when it has logged in. */
  setLimits(limits: Partial<WireLimits>): void {
    this.#lines.setLimits(limits);
  }

  /** The next line as it is, for `DONE` and for answers to AUTHENTICATE. Undefined at the end of the stream. */
  async line(): Promise<Buffer | undefined> {
    return this.#lines.line();
  }

  /** Goes on with another source after STARTTLS or COMPRESS; `unread` must be dropped or inflated. */
  replaceSource(next: NextSource): Promise<void> {
    return this.#lines.replaceSource(next);
  }

  async #command(segment: Buffer, tag: string | undefined): Promise<Command> {
    const rest = tag === undefined ? '' : segment.toString('latin1', tag.length, tag.length + 40);
    const match = /^ +([A-Za-z][A-Za-z0-9.-]{0,31})(?: |$)/.exec(rest);
    if (tag === undefined || !match) {
      throw new BrokenSegment(segment, confused('client-confused', 'a line begins with no tag and command'));
    }
    const name = (match[1] ?? '').toUpperCase();
    const from = tag.length + match[0].length;
    return { tag, name, items: await this.#lines.items(segment, from, { tag, name, number: undefined }) };
  }
}

/** The error with the tag in its fields, for a server to answer. */
function withTag(error: unknown, tag: string | undefined): unknown {
  if (!(error instanceof MailError) || error.code !== 'client-confused' || tag === undefined) return error;
  return new MailError(error.message, { code: error.code, fields: { tag, ...error.fields }, cause: error });
}
