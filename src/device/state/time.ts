import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';

/** No honest clock shows less. Raised with releases. */
export const BUILT = Date.UTC(2025, 0, 1);

/** Network time can be forged, so neither it nor what is stored goes further beyond the build than this. */
const MOST_YEARS = 5;
const CEILING = BUILT + MOST_YEARS * 365 * 86_400_000;

/** Wall time for a machine whose clock starts anew at each power cut: never below what it was once. */
export interface TimeKeeper {
  /** Milliseconds since 1970: the largest of system time, build date and stored floor, which runs on. */
  now(): number;
  /** Takes the network's time as a floor; false when it is too far ahead to be believed. */
  learn(networkTime: number): Promise<boolean>;
  /** Stores what it is now, so that it does not fall back behind it after a power cut. */
  store(): Promise<void>;
}

export async function openTimeKeeper(directory: string, clock: Clock, files?: Files): Promise<TimeKeeper> {
  const document = await openDocument({
    path: join(directory, 'time.json'),
    schema: z.object({ floor: z.number() }),
    initial: { floor: BUILT },
    ...(files ? { files } : {}),
  });
  let floor = document.data.floor;
  let since = clock.monotonic();
  const now = () => Math.max(clock.now(), floor + (clock.monotonic() - since));
  const store = () =>
    document.update((data) => {
      data.floor = Math.max(data.floor, Math.min(Math.floor(now()), CEILING));
    });
  return {
    now,
    store,
    async learn(networkTime) {
      if (networkTime > CEILING) return false;
      if (networkTime > now()) {
        floor = networkTime;
        since = clock.monotonic();
        await store();
      }
      return true;
    },
  };
}
