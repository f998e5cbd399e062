import { ReadlineParser } from '@serialport/parser-readline';

/** What the framer finds in the bytes, in their order. All calls are synchronous. */
export interface FramerEvents {
  /** A line that is not empty, without its end, Latin-1. Returns how many raw bytes follow it. */
  line(text: string): number | undefined;
  /** The `>` that asks for data; only while `promptWanted`. */
  prompt(): void;
  payload(bytes: Uint8Array): void;
  /** What `expectEcho` announced has come back. */
  echo(): void;
  /** A line over the cap was dropped. */
  overlong(length: number): void;
}

/** Longest line that is kept; an SMS-PDU line has under 400 characters. */
const LONGEST_LINE = 2048;
const LF = 0x0a;
const SPACE = 0x20;
const DELETE = 0x7f;
const GREATER_THAN = 0x3e;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts the bytes of a modem into lines, prompts, payloads of known length and raw data. Lines go through
 * ReadlineParser, which has no cap of its own; what has no line end is routed around it.
 */
export class Framer {
  /** Whether a `>` at the start of a line is a prompt. */
  promptWanted = false;
  readonly #events: FramerEvents;
  readonly #lines = new ReadlineParser({ delimiter: '\n', encoding: 'latin1', readableObjectMode: true });
  #lineLength = 0;
  #echo: Buffer = NOTHING;
  #echoed = 0;
  #afterPrompt = false;
  #payloadLeft = 0;
  #payload: Buffer[] = [];
  #data: ((bytes: Uint8Array) => void) | undefined;

  constructor(events: FramerEvents) {
    this.#events = events;
  }

  push(bytes: Uint8Array): void {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    while (rest.length > 0) rest = this.#take(rest);
  }

  /** The next bytes at the start of a line may be this, sent back by a modem with echo on; it is dropped then. */
  expectEcho(bytes: Uint8Array): void {
    this.#echo = Buffer.from(bytes);
    this.#echoed = 0;
  }

  /** From the next byte on everything is data (a call that answered CONNECT), until `reset`. */
  startData(listener: (bytes: Uint8Array) => void): void {
    this.#data = listener;
  }

  /** Stops waiting for the rest of a payload; what comes is lines again. */
  dropPayload(): void {
    this.#payloadLeft = 0;
    this.#payload = [];
  }

  /** Back to the start of a line, whatever was expected; half a line is dropped. */
  reset(): void {
    this.#lines.write('\n');
    this.#lines.read();
    this.#lineLength = 0;
    this.promptWanted = false;
    this.#echo = NOTHING;
    this.#echoed = 0;
    this.#afterPrompt = false;
    this.#data = undefined;
    this.dropPayload();
  }

  /** Handles the first part of the bytes and returns the rest. */
  #take(bytes: Buffer): Buffer {
    if (this.#data) {
      this.#data(bytes);
      return NOTHING;
    }
    if (this.#payloadLeft > 0) return this.#takePayload(bytes);
    if (this.#lineLength > 0) return this.#takeLine(bytes);
    return this.#takeLineStart(bytes);
  }

  #takePayload(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#payloadLeft);
    this.#payload.push(Buffer.from(part));
    this.#payloadLeft -= part.length;
    if (this.#payloadLeft === 0) this.#events.payload(Buffer.concat(this.#payload.splice(0)));
    return bytes.subarray(part.length);
  }

  #takeLineStart(bytes: Buffer): Buffer {
    if (this.#afterPrompt) {
      this.#afterPrompt = false;
      if (bytes[0] === SPACE) return bytes.subarray(1);
    }
    if (this.#echo.length > 0 && bytes[0] === this.#echo[this.#echoed]) return this.#takeEcho(bytes);
    if (this.#echoed > 0) return this.#releaseEcho(bytes);
    const start = bytes.findIndex((byte) => byte > SPACE && byte < DELETE);
    // Between lines: line ends, and the NUL and 0xFF of a line that was just powered.
    if (start !== 0) return this.#skip(bytes, start);
    if (this.promptWanted && bytes[0] === GREATER_THAN) {
      this.promptWanted = false;
      this.#afterPrompt = true;
      this.#events.prompt();
      return bytes.subarray(1);
    }
    return this.#takeLine(bytes);
  }

  /** Skips what is between lines, but not where an echo of raw data may begin in it. */
  #skip(bytes: Buffer, start: number): Buffer {
    const end = start === -1 ? bytes.length : start;
    const first = this.#echo[0];
    if (first === undefined || (first > SPACE && first < DELETE)) return bytes.subarray(end);
    const echo = bytes.subarray(1, end).indexOf(first);
    return bytes.subarray(echo === -1 ? end : echo + 1);
  }

  #takeEcho(bytes: Buffer): Buffer {
    let length = 0;
    while (length < bytes.length && this.#echoed < this.#echo.length) {
      if (bytes[length] !== this.#echo[this.#echoed]) break;
      length += 1;
      this.#echoed += 1;
    }
    if (this.#echoed === this.#echo.length) {
      this.#echo = NOTHING;
      this.#echoed = 0;
      this.#events.echo();
    }
    return bytes.subarray(length);
  }

  /** It looked like the echo but was not: hands on what was held back, and goes on looking from the next line. */
  #releaseEcho(bytes: Buffer): Buffer {
    const held = this.#echo.subarray(0, this.#echoed);
    this.#echoed = 0;
    return this.#takeLine(Buffer.concat([held, bytes]));
  }

  #takeLine(bytes: Buffer): Buffer {
    const end = bytes.indexOf(LF);
    const part = end === -1 ? bytes : bytes.subarray(0, end);
    const room = Math.max(0, LONGEST_LINE - this.#lineLength);
    if (room > 0 && part.length > 0) this.#lines.write(part.subarray(0, room));
    this.#lineLength += part.length;
    if (end === -1) return NOTHING;
    this.#endLine();
    return bytes.subarray(end + 1);
  }

  #endLine(): void {
    this.#lines.write('\n');
    const text = String(this.#lines.read() ?? '').trim();
    const length = this.#lineLength;
    this.#lineLength = 0;
    if (length > LONGEST_LINE) this.#events.overlong(length);
    else if (text !== '') this.#payloadLeft = this.#events.line(text) ?? 0;
  }
}
