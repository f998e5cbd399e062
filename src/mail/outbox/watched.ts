import { asError } from '../../base/errors.ts';
import type { Settlable } from '../../base/settlable.ts';
import type { Progress } from './replies.ts';

/** How far the reading of a message came. */
export interface Watched extends Progress {
  readonly begun: Settlable<void>;
  bytes: number;
  handed: boolean;
  /** They could not be read here. */
  failure?: Error;
}

/** The library reads nothing before the server's 354, and writes the final dot as soon as it has read all. */
export async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  progress: Watched,
): AsyncGenerator<Uint8Array> {
  progress.begun.resolve();
  try {
    for await (const chunk of bytes) {
      progress.bytes += chunk.length;
      yield chunk;
    }
    progress.handed = true;
  } catch (error) {
    progress.failure = asError(error);
    throw error;
  }
}
