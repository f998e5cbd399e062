import type { SMTPServerDataStream } from 'smtp-server';
import type { Clock } from '../../../base/clock.ts';
import type { Spool } from '../store/spool.ts';
import type { SmtpLimits } from './limits.ts';
import { LooseDots } from './loose-dots.ts';
import { keepPace } from './pace.ts';
import { reply } from './reply.ts';

/** A message that came in whole. */
export interface TakenIn {
  /** Without the stuffed dots. */
  readonly size: number;
  /** It has bytes beyond ASCII (RFC 6152). */
  readonly eightBit: boolean;
}

/**
 * Reads a message into the spool. Throws SmtpReply: 552 too large, 554 a dot that could end it elsewhere, 421 too slow; what the
 * stream throws when the client goes away.
 */
export async function takeIn(
  stream: SMTPServerDataStream,
  spool: Spool,
  { clock, limits }: { clock: Clock; limits: SmtpLimits },
): Promise<TakenIn> {
  const over = new AbortController();
  const tooSlow = () => stream.destroy(reply(421, 'The message comes in too slowly'));
  void keepPace(clock, limits, () => stream.byteLength, over.signal, tooSlow);
  const dots = new LooseDots();
  let eightBit = false;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      dots.add(chunk);
      eightBit ||= chunk.some((byte) => byte > 0x7f);
      // The rest is read, so that the answer can be read, but no longer kept.
      if (!stream.sizeExceeded && !dots.found) await spool.write(chunk);
    }
  } finally {
    over.abort();
  }
  if (stream.sizeExceeded) throw reply(552, `More than ${limits.maxSize} bytes`);
  if (dots.found)
    throw reply(554, 'A line with only a dot must have CRLF before and after it (RFC 5321 2.3.8)');
  await spool.end();
  return { size: spool.size, eightBit };
}

/** The message with these lines before it. */
export async function* withPrefix(
  prefix: string,
  message: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(prefix, 'latin1');
  yield* message;
}
