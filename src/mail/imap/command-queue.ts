import type { Command, CommandPart } from './command.ts';
import { literalHeader } from './wire/strings.ts';

/** Bytes that can go at once, and what the server has to say before more may follow. */
interface Segment {
  readonly tag: string;
  readonly bytes: Buffer;
  readonly until: 'continuation' | 'completion' | undefined;
}

export interface QueueOptions {
  readonly largestFreeLiteral: () => number;
  /** Each command waits for the end of the one before. */
  readonly oneByOne: boolean;
}

/**
 * Commands on their way out. What is queued in one turn of the event loop leaves in one write; the queue stands
 * still until it is opened, behind a synchronising literal, and behind a command that holds.
 */
export class CommandQueue {
  readonly #write: (flight: Buffer) => void;
  readonly #options: QueueOptions;
  #queue: Segment[] = [];
  #waiting: Segment | undefined;
  #open = false;
  #scheduled = false;

  constructor(write: (flight: Buffer) => void, options: QueueOptions) {
    this.#write = write;
    this.#options = options;
  }

  add(tag: string, command: Command<unknown>): void {
    this.#queue.push(...this.#segments(tag, command));
    this.#schedule();
  }

  /** The server is ready for commands. */
  open(): void {
    this.#open = true;
    this.#schedule();
  }

  /** The server said `+`. False when nobody waited for it. */
  continued(): boolean {
    if (this.#waiting?.until !== 'continuation') return false;
    this.#waiting = undefined;
    this.#schedule();
    return true;
  }

  /** The command with this tag is complete; what was not sent of it (a refused literal) is dropped. */
  completed(tag: string): void {
    this.#queue = this.#queue.filter((segment) => segment.tag !== tag);
    if (this.#waiting?.tag === tag) this.#waiting = undefined;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#open) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const flight: Buffer[] = [];
    while (!this.#waiting) {
      const segment = this.#queue.shift();
      if (!segment) break;
      flight.push(segment.bytes);
      if (segment.until) this.#waiting = segment;
    }
    if (flight.length > 0) this.#write(Buffer.concat(flight));
  }

  #segments(tag: string, command: Command<unknown>): Segment[] {
    const { largestFreeLiteral, oneByOne } = this.#options;
    const pieces = split([`${tag} `, ...command.parts], largestFreeLiteral());
    const holds = command.holds || oneByOne;
    return pieces.map((piece, index) => ({
      tag,
      bytes: Buffer.concat(piece),
      until: index < pieces.length - 1 ? 'continuation' : holds ? 'completion' : undefined,
    }));
  }
}

/** Cuts a command where the client has to wait for `+`. */
function split(parts: readonly CommandPart[], largestFree: number): Buffer[][] {
  const pieces: Buffer[][] = [[]];
  const put = (bytes: string | Buffer) => pieces[pieces.length - 1]?.push(Buffer.from(bytes as string));
  for (const part of parts) {
    if (typeof part === 'string') put(part);
    else if ('answer' in part) {
      put('\r\n');
      pieces.push([Buffer.from(part.answer)]);
    } else {
      const free = part.literal.length <= largestFree;
      put(literalHeader(part.literal.length, free));
      if (!free) pieces.push([]);
      put(part.literal);
    }
  }
  put('\r\n');
  return pieces;
}
