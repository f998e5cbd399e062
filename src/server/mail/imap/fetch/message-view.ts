import { TEXT_PLAIN } from '../../mime/content-type.ts';
import { type Part, readStructure, readTopHeader } from '../../mime/structure.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import type { StoredMessage } from '../../store/records.ts';

/** How much of a message must be read to answer. */
export type Depth = 'index' | 'header' | 'structure';

/** A message while it is looked at; what was read of it once is kept for the other things that are asked. */
export class MessageView {
  readonly message: StoredMessage;
  readonly #mailbox: Mailbox;
  #part: Part | undefined;
  #depth: Depth = 'index';

  constructor(mailbox: Mailbox, message: StoredMessage) {
    this.#mailbox = mailbox;
    this.message = message;
  }

  /** The bytes from `start` to before `end`. */
  async *read(start = 0, end = this.message.size): AsyncGenerator<Uint8Array> {
    if (start >= end) return;
    let at = 0;
    for await (const chunk of this.#mailbox.read(this.message)) {
      const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
      if (piece.length > 0) yield piece;
      at += chunk.length;
      if (at >= end) return;
    }
  }

  /** The message as a part; below `structure` it has no children, and only its own header is right. */
  async part(depth: Depth): Promise<Part> {
    if (this.#part && (depth !== 'structure' || this.#depth === 'structure')) return this.#part;
    const { size } = this.message;
    if (depth === 'index') return { ...plainPart(size) };
    this.#part = depth === 'structure' ? await readStructure(this.read()) : await this.#header();
    this.#depth = depth;
    return this.#part;
  }

  async #header(): Promise<Part> {
    const { fields, end } = await readTopHeader(this.read());
    return { ...plainPart(this.message.size), fields, bodyStart: end };
  }
}

function plainPart(size: number): Part {
  return {
    headerStart: 0,
    bodyStart: 0,
    end: size,
    lines: 0,
    fields: [],
    contentType: TEXT_PLAIN,
    children: [],
  };
}
