import type { Item } from './items.ts';
import type { WireLimits } from './limits.ts';
import { type ConfusedCode, confused } from './wire-error.ts';

/** `{5}`, `{5+}`, `~{5}` at the end of a line. */
export interface LiteralHeader {
  /** Bytes that follow. */
  readonly size: number;
  /** The sender waits for `+` before it sends the bytes. False for `{n+}` (RFC 7888). */
  readonly synchronising: boolean;
  /** It was announced as `~{n}` (RFC 3516). */
  readonly binary: boolean;
}

interface Frame {
  readonly kind: 'line' | 'list' | 'section';
  readonly name: string;
  readonly items: Item[];
}

const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const BRACE = 0x7b;
const TILDE = 0x7e;
const SECTION_NAME = /^(?:BODY|BINARY)(?:\.PEEK|\.SIZE)?$/i;

/**
 * Makes items of a line that comes in segments: the text before the first literal, the text between literals ...
 * Lenient about spaces, strict about everything else.
 */
export class ItemParser {
  readonly #limits: WireLimits;
  readonly #code: ConfusedCode;
  readonly #frames: [Frame, ...Frame[]] = [{ kind: 'line', name: '', items: [] }];
  #segment: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(limits: WireLimits, code: ConfusedCode) {
    this.#limits = limits;
    this.#code = code;
  }

  /** What was read at the top level so far. */
  get items(): readonly Item[] {
    return this.#frames[0].items;
  }

  /** What was read so far in the innermost open list. */
  get innermost(): readonly Item[] {
    return this.#top.items;
  }

  /** Parses a whole segment; returns the header of the literal at its end, if there is one. */
  feed(segment: Buffer, from: number): LiteralHeader | undefined {
    this.#segment = segment;
    this.#at = from;
    while (this.#at < segment.length) {
      const literal = this.#step(segment[this.#at] as number);
      if (literal) return literal;
    }
    return undefined;
  }

  /** Puts in place what was announced by the header that `feed` returned. */
  supply(item: Item): void {
    this.#top.items.push(item);
  }

  /** All items, when no more segments come. */
  finish(): readonly Item[] {
    if (this.#frames.length > 1) throw this.#fail('a list or section is not closed');
    return this.items;
  }

  get #top(): Frame {
    return this.#frames[this.#frames.length - 1] as Frame;
  }

  #step(byte: number): LiteralHeader | undefined {
    if (byte === SPACE) this.#at += 1;
    else if (byte === OPEN) this.#open({ kind: 'list', name: '', items: [] });
    else if (byte === CLOSE) this.#closeList();
    else if (byte === QUOTE) this.#quoted();
    else if (byte === CLOSE_BRACKET && this.#top.kind === 'section') this.#closeSection();
    else if (byte === BRACE || (byte === TILDE && this.#segment[this.#at + 1] === BRACE))
      return this.#literal();
    else this.#atom();
    return undefined;
  }

  #open(frame: Frame): void {
    if (this.#frames.length > this.#limits.maxDepth) {
      throw this.#fail(`lists are nested deeper than ${this.#limits.maxDepth}`);
    }
    this.#frames.push(frame);
    this.#at += 1;
  }

  #closeList(): void {
    if (this.#top.kind !== 'list') throw this.#fail('")" closes nothing');
    const { items } = this.#frames.pop() as Frame;
    this.#top.items.push({ kind: 'list', items });
    this.#at += 1;
  }

  #closeSection(): void {
    const { name, items } = this.#frames.pop() as Frame;
    this.#at += 1;
    const partial = /^<(\d{1,10})(?:\.(\d{1,10}))?>/.exec(this.#ahead(24));
    this.#at += partial?.[0].length ?? 0;
    this.#top.items.push({
      kind: 'section',
      name,
      items,
      ...(partial ? { origin: Number(partial[1]) } : {}),
      ...(partial?.[2] === undefined ? {} : { length: Number(partial[2]) }),
    });
  }

  #quoted(): void {
    const start = this.#at + 1;
    let escaped = false;
    for (let at = start; at < this.#segment.length; at += 1) {
      const byte = this.#segment[at] as number;
      if (byte === 0) break;
      if (byte === QUOTE) {
        this.#endQuoted(start, at, escaped);
        return;
      }
      if (byte !== BACKSLASH) continue;
      escaped = true;
      at += 1;
    }
    throw this.#fail('a quoted string is not closed');
  }

  #endQuoted(start: number, end: number, escaped: boolean): void {
    const text = this.#segment.toString('utf8', start, end);
    this.#top.items.push({ kind: 'quoted', text: escaped ? text.replace(/\\(.)/gs, '$1') : text });
    this.#at = end + 1;
  }

  #literal(): LiteralHeader {
    const match = /^(~?)\{(\d{1,10})(\+?)\}$/.exec(this.#ahead(16));
    if (!match) throw this.#fail('"{" begins no literal');
    this.#at = this.#segment.length;
    return { size: Number(match[2]), synchronising: match[3] === '', binary: match[1] === '~' };
  }

  #atom(): void {
    const start = this.#at;
    const inSection = this.#top.kind === 'section';
    while (this.#at < this.#segment.length) {
      const byte = this.#segment[this.#at] as number;
      if (!isAtomByte(byte) || (inSection && byte === CLOSE_BRACKET)) break;
      if (byte === OPEN_BRACKET && this.#openSection(start)) return;
      this.#at += 1;
    }
    if (this.#at === start) throw this.#fail('a control character is in the way');
    this.#top.items.push({ kind: 'atom', text: this.#segment.toString('utf8', start, this.#at) });
  }

  /** `[` begins a section only after BODY and its like: elsewhere it is an ordinary character of an atom. */
  #openSection(start: number): boolean {
    const name = this.#segment.toString('latin1', start, Math.min(this.#at, start + 16));
    if (this.#at - start > 16 || !SECTION_NAME.test(name)) return false;
    this.#open({ kind: 'section', name: name.toUpperCase(), items: [] });
    return true;
  }

  #ahead(length: number): string {
    return this.#segment.toString('latin1', this.#at, this.#at + length);
  }

  #fail(problem: string): Error {
    return confused(this.#code, `${problem} (byte ${this.#at})`, { at: this.#at });
  }
}

function isAtomByte(byte: number): boolean {
  return byte > SPACE && byte !== 0x7f && byte !== OPEN && byte !== CLOSE && byte !== QUOTE && byte !== BRACE;
}
