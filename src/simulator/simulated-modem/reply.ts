import { randomBytes } from 'node:crypto';
import type { Faults } from '../faults.ts';
import type { Answer, PromptOptions } from './behaviour.ts';
import type { ByteInput } from './input.ts';
import type { Serial } from './serial.ts';
import type { Tty } from './tty.ts';
import type { UrcQueue } from './urc-queue.ts';

const CTRL_Z = 0x1a;
const ESC = 0x1b;
const CR = 0x0d;
const PROMPT = Uint8Array.from(Buffer.from('\r\n> '));

/** One reply on its way out. */
export class Reply implements Answer {
  readonly serial: Serial;
  readonly input: ByteInput;
  readonly #urcs: UrcQueue;
  readonly #faults: Faults;
  readonly #after: (() => void)[] = [];
  #lines = 0;
  #final = true;

  constructor(tty: Tty, faults: Faults) {
    this.serial = tty.serial;
    this.input = tty.input;
    this.#urcs = tty.urcs;
    this.#faults = faults;
    if (this.#faults.garbageBytes > 0) this.serial.raw(randomBytes(this.#faults.garbageBytes));
  }

  line(text: string): void {
    this.serial.information(text, this.#lines === 0);
    this.#lines += 1;
  }

  raw(bytes: Uint8Array): void {
    this.serial.raw(bytes);
  }

  after(action: () => void): void {
    this.#after.push(action);
  }

  withoutFinal(): void {
    this.#final = false;
  }

  async deaf<T>(work: () => Promise<T>): Promise<T> {
    this.#urcs.deaf = true;
    try {
      return await work();
    } finally {
      this.#urcs.deaf = false;
    }
  }

  finish(result: string): void {
    const inside = this.#faults.urcInsideReply;
    if (typeof inside === 'string') this.serial.result(inside);
    else if (inside) this.#urcs.writeAll();
    if (this.#final) this.serial.result(result);
    for (const action of this.#after) action();
  }

  async prompt(options: PromptOptions): Promise<Uint8Array | undefined> {
    this.serial.raw(PROMPT);
    return options.length === undefined ? this.#until(options.lines ?? false) : this.#exactly(options.length);
  }

  async #exactly(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      const bytes = await this.input.take(missing);
      missing -= bytes.length;
      this.serial.echo(bytes);
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  }

  async #until(lines: boolean): Promise<Uint8Array | undefined> {
    const typed: number[] = [];
    for (;;) {
      const bytes = await this.input.take();
      const end = bytes.findIndex((byte) => byte === CTRL_Z || byte === ESC);
      const part = end < 0 ? bytes : bytes.subarray(0, end);
      for (const byte of part) this.#type(byte, typed, lines);
      if (end < 0) continue;
      this.input.unread(bytes.subarray(end + 1));
      return bytes[end] === ESC ? undefined : Uint8Array.from(typed);
    }
  }

  #type(byte: number, typed: number[], lines: boolean): void {
    if (byte === this.serial.characters.backspace) typed.pop();
    else typed.push(byte);
    this.serial.echo(Uint8Array.of(byte));
    if (lines && byte === CR) this.serial.raw(PROMPT);
  }
}
