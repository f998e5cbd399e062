import { z } from 'zod';
import { openDocument } from '../base/document.ts';
import type { PinMemory } from './sim.ts';

/**
 * Remembers refused PINs beyond a restart, in a small document; only a key of each PIN is kept, not the PIN. Rejects with
 * `broken-document` where the file was not written by this program.
 */
export async function durablePinMemory(path: string): Promise<PinMemory> {
  const schema = z.strictObject({ tried: z.array(z.string().regex(/^[0-9a-f]{16}$/)) });
  const document = await openDocument({ path, schema, initial: { tried: [] } });
  const without = (tried: readonly string[], key: string) => tried.filter((other) => other !== key);
  return {
    failedFor: (key) => document.data.tried.includes(key),
    remember: (key) =>
      document.update((data) => {
        data.tried = [...without(data.tried, key), key];
      }),
    forget: (key) =>
      document.update((data) => {
        data.tried = without(data.tried, key);
      }),
  };
}
