import type { ByteInput } from './input.ts';

/** What a command line may hold; longer ones are answered with ERROR. */
const LONGEST_LINE = 2048;

/** Characters that the S registers set (V.250 6.2): end of line, line feed, backspace. */
export interface LineCharacters {
  readonly end: number;
  readonly backspace: number;
}

export type ReadLine =
  | { readonly kind: 'line'; readonly body: string }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'too-long' };

const LETTER_A = 0x41;
const LETTER_T = 0x54;
const SLASH = 0x2f;
const TO_UPPER = 0xdf;

/** Reads command lines (V.250 5.2): looks for AT, edits with backspace, takes `A/` as a repetition. */
export class LineReader {
  readonly #input: ByteInput;
  readonly #echo: (bytes: Uint8Array) => void;
  readonly #characters: () => LineCharacters;
  /** Bytes after AT; undefined while looking for it. */
  #line: number[] | undefined;
  #sawA = false;

  constructor(input: ByteInput, echo: (bytes: Uint8Array) => void, characters: () => LineCharacters) {
    this.#input = input;
    this.#echo = echo;
    this.#characters = characters;
  }

  /** Whether a line is begun but not ended. */
  get partial(): boolean {
    return this.#line !== undefined || this.#sawA;
  }

  /** The next line; `onBytes` is called after each arrival that does not end it. */
  async next(onBytes: () => void): Promise<ReadLine> {
    for (;;) {
      const bytes = await this.#input.take();
      for (let at = 0; at < bytes.length; at += 1) {
        const found = this.#byte(bytes[at] ?? 0);
        if (!found) continue;
        this.#echo(bytes.subarray(0, at + 1));
        this.#input.unread(bytes.subarray(at + 1));
        return found;
      }
      this.#echo(bytes);
      onBytes();
    }
  }

  #byte(byte: number): ReadLine | undefined {
    const { end, backspace } = this.#characters();
    if (!this.#line) return this.#search(byte);
    if (byte === end) return this.#finish(this.#line);
    if (byte === backspace) this.#line.pop();
    else if (byte >= 0x20 && this.#line.length <= LONGEST_LINE) this.#line.push(byte);
    return undefined;
  }

  #search(byte: number): ReadLine | undefined {
    const upper = byte & TO_UPPER;
    const sawA = this.#sawA;
    this.#sawA = upper === LETTER_A;
    if (!sawA) return undefined;
    if (upper === LETTER_T) this.#line = [];
    return byte === SLASH ? { kind: 'repeat' } : undefined;
  }

  #finish(line: number[]): ReadLine {
    this.#line = undefined;
    this.#sawA = false;
    if (line.length > LONGEST_LINE) return { kind: 'too-long' };
    return { kind: 'line', body: Buffer.from(line).toString('latin1') };
  }
}
