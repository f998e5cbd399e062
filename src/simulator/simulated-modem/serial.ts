import type { ByteOutput } from './output.ts';

const CR = 13;
const LF = 10;
const BACKSPACE = 8;

/** Result codes as numbers, for ATV0 (V.250 6.3.5). */
const NUMERIC: Readonly<Record<string, string>> = {
  OK: '0',
  CONNECT: '1',
  RING: '2',
  'NO CARRIER': '3',
  ERROR: '4',
  'NO DIALTONE': '6',
  BUSY: '7',
  'NO ANSWER': '8',
};

/** How characters, lines and results look on the line: ATE, ATV, ATQ, S3, S4, S5 (V.250 6.2). */
export class Serial {
  echoing = true;
  verbose = true;
  quiet = false;
  readonly registers = new Map<number, number>();
  readonly #output: ByteOutput;

  constructor(output: ByteOutput) {
    this.#output = output;
    this.restore();
  }

  get characters(): { end: number; lineFeed: number; backspace: number } {
    return {
      end: this.registers.get(3) ?? CR,
      lineFeed: this.registers.get(4) ?? LF,
      backspace: this.registers.get(5) ?? BACKSPACE,
    };
  }

  /** The state after power-on. */
  restore(): void {
    this.echoing = true;
    this.verbose = true;
    this.quiet = false;
    this.registers.clear();
    for (const [register, value] of [
      [0, 0],
      [3, CR],
      [4, LF],
      [5, BACKSPACE],
      [6, 2],
      [7, 60],
      [8, 2],
      [10, 15],
    ] as const) {
      this.registers.set(register, value);
    }
  }

  echo(bytes: Uint8Array): void {
    if (this.echoing) this.#output.push(bytes);
  }

  /** Resolves when more bytes can be taken. */
  room(): Promise<void> {
    return this.#output.room();
  }

  raw(bytes: Uint8Array): void {
    this.#output.push(bytes);
  }

  /** An information line; the first of a reply has a line end before it, too. */
  information(text: string, first: boolean): void {
    this.#text(`${first && this.verbose ? this.#lineEnd : ''}${text}${this.#lineEnd}`);
  }

  /** A final or unsolicited result code. */
  result(text: string): void {
    if (this.quiet && NUMERIC[text] !== undefined) return;
    const numeric = this.verbose
      ? undefined
      : (NUMERIC[text] ?? (text.startsWith('CONNECT') ? '1' : undefined));
    if (numeric !== undefined) {
      this.#text(`${numeric}${String.fromCharCode(this.characters.end)}`);
      return;
    }
    this.#text(`${this.#lineEnd}${text}${this.#lineEnd}`);
  }

  get #lineEnd(): string {
    const { end, lineFeed } = this.characters;
    return String.fromCharCode(end, lineFeed);
  }

  #text(text: string): void {
    this.#output.push(Uint8Array.from(Buffer.from(text, 'latin1')));
  }
}
