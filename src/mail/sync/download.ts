import { partialMessage } from '../partial/partial-message.ts';
import type { MessageHead, OnMessage } from '../session.ts';
import { UidSet } from '../uid-set.ts';
import { type Budget, overSession } from './budget.ts';
import type { Copy } from './copy.ts';
import { lettersOf } from './flags.ts';
import { type Arrival, arrived } from './plan.ts';
import type { Tally } from './tally.ts';

/** After so many messages or bytes the folders are synced and the state is saved: what a cut can cost at most. */
const CHECKPOINT_MESSAGES = 25;
const CHECKPOINT_BYTES = 1_000_000;

/** Where a download stands. */
export interface Download {
  /** To be given to `fetchMessages`. */
  readonly onMessage: OnMessage;
  /** UIDs that came, and the largest of them. */
  readonly uids: UidSet;
  /**
   * Waits for what is coming; what arrived until then is kept and counted. Rejects with why it stopped by itself (disk, budget),
   * which matters more than that the session then broke.
   */
  settle(coming: Promise<unknown>): Promise<void>;
}

export interface DownloadOptions {
  readonly copy: Copy;
  /** What was asked for; anything else that comes is skipped. */
  readonly asked: UidSet;
  readonly budget: Budget;
  readonly tally: Tally;
  /** Of longer messages only so many bytes come. */
  readonly limit?: number | undefined;
  /** Resolves before the first body is read, to whether bodies are wanted after all. */
  readonly gate: Promise<boolean>;
  /** Ends the session: nothing more is to come over the air. */
  readonly stop: () => Promise<void>;
}

/** Streams messages to the copy; a message is in the state only once its file and its name are on the disk. */
export function download(options: DownloadOptions): Download {
  return new RunningDownload(options);
}

class RunningDownload implements Download {
  readonly #options: DownloadOptions;
  readonly #batch: ReturnType<Copy['maildir']['batch']>;
  #fresh: Arrival[] = [];
  #freshBytes = 0;
  #uids: number[] = [];
  #bytes = 0;
  #failure: unknown;

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#batch = options.copy.maildir.batch();
  }

  get uids(): UidSet {
    return UidSet.of(this.#uids);
  }

  readonly onMessage: OnMessage = async (head, body) => {
    if (this.#failure !== undefined || !(await this.#options.gate) || !this.#isNew(head.uid)) return;
    try {
      this.#charge(head);
      await this.#keep(head, body);
    } catch (error) {
      this.#failure ??= error;
      await this.#options.stop();
      throw error;
    }
  };

  async settle(coming: Promise<unknown>): Promise<void> {
    try {
      await coming;
    } catch (error) {
      throw this.#failure ?? error;
    } finally {
      await this.#checkpoint();
      this.#options.tally.add({ fetched: this.#uids.length, fetchedBytes: this.#bytes });
    }
  }

  /** Makes what arrived durable and takes it into the state. */
  async #checkpoint(): Promise<void> {
    const { copy } = this.#options;
    await this.#batch.commit();
    copy.state = arrived(copy.state, this.#fresh);
    this.#fresh = [];
    this.#freshBytes = 0;
    await copy.save();
  }

  /** Skips what is here already (taken in after a crash) and what a server sends twice. */
  #isNew(uid: number): boolean {
    const { asked, copy } = this.#options;
    return asked.has(uid) && !copy.state.held.has(uid) && !this.#fresh.some((head) => head.uid === uid);
  }

  #charge(head: MessageHead): void {
    const { copy, budget } = this.#options;
    const bytes = Math.min(head.size, this.#options.limit ?? head.size);
    if (!budget.fits(bytes, copy.state.consented)) throw overSession(copy.mailbox);
    budget.charge(copy, bytes, 'already ');
  }

  async #keep(head: MessageHead, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { state } = this.#options.copy;
    const flags = lettersOf(head.flags);
    const place = { uidvalidity: state.uidvalidity, tag: state.tag, uid: head.uid };
    const message = { ...place, internalDate: head.internalDate, flags, folder: 'new' } as const;
    const { limit } = this.#options;
    const begun = limit === undefined ? undefined : await firstBytes(body, head.size, limit);
    const partial = begun?.partial ?? false;
    const chunks = begun ? once(begun.content) : body;
    const entry = await this.#batch.deliver(message, chunks);
    this.#fresh.push({ uid: head.uid, flags: head.flags, partial });
    this.#uids.push(head.uid);
    this.#bytes += entry.size ?? 0;
    this.#freshBytes += entry.size ?? 0;
    const full = this.#fresh.length >= CHECKPOINT_MESSAGES || this.#freshBytes >= CHECKPOINT_BYTES;
    if (full) await this.#checkpoint();
  }
}

/**
 * A message that was asked for up to `limit` bytes, and what a reader is shown of one that is only begun. Fewer bytes are all of
 * it, whatever its size is said to be: some servers say it wrong.
 */
async function firstBytes(
  body: AsyncIterable<Uint8Array>,
  size: number,
  limit: number,
): Promise<{ content: Buffer; partial: boolean }> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  const content = Buffer.concat(chunks);
  if (content.length < limit || content.length === size) return { content, partial: false };
  const start = content.subarray(0, limit);
  return { content: partialMessage(start, Math.max(size, limit + 1)), partial: true };
}

async function* once(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content;
}
