import { z } from 'zod';
import { type Document, openDocument } from '../base/document.ts';
import { codeOf } from '../base/errors.ts';
import type { Files } from '../base/files.ts';
import { Mutex } from '../base/mutex.ts';
import { TriggerError } from './errors.ts';
import { MAX_COUNTER } from './token.ts';

/** The highest counter seen per key, on the disk. */
export interface ReplayGuard {
  /**
   * True when the counter is higher than any before under this key; it is on the disk then. False: a replay.
   * Rejects when it cannot be stored, and the trigger must not be acted upon.
   */
  accept(keyId: number, counter: number): Promise<boolean>;
  /** The highest counter accepted under this key, 0 when none. */
  last(keyId: number): number;
  /** The highest counter accepted under any key, 0 when none; told to the server in `hello`. */
  highest(): number;
}

const counters = z.object({
  counters: z.record(z.string().regex(/^\d{1,5}$/), z.number().int().min(0).max(MAX_COUNTER)),
});
type Counters = z.infer<typeof counters>;

/**
 * Opens the guard's file. Throws TriggerError `guard-missing` or `guard-broken`: without the counters every
 * old trigger would be good again, so they are never made anew here.
 */
export async function openReplayGuard(path: string, files?: Files): Promise<ReplayGuard> {
  const document = await read(path, files);
  if (document.existed) return guardOver(document);
  throw new TriggerError(
    `${path}: no replay counters there. Without them old triggers could be replayed, so none is accepted; enrol the device anew`,
    { code: 'guard-missing', fields: { path } },
  );
}

/** Makes the guard's file at enrolment, with no counter yet. Throws TriggerError `guard-exists`. */
export async function createReplayGuard(path: string, files?: Files): Promise<ReplayGuard> {
  const document = await read(path, files);
  if (document.existed) {
    throw new TriggerError(`${path}: there are replay counters already, and they only rise`, {
      code: 'guard-exists',
      fields: { path },
    });
  }
  await document.update(() => {});
  return guardOver(document);
}

async function read(path: string, files?: Files): Promise<Document<Counters>> {
  try {
    const initial = { counters: {} };
    return await openDocument({ path, schema: counters, initial, ...(files ? { files } : {}) });
  } catch (cause) {
    const message = `${path}: the replay counters cannot be read (${codeOf(cause)}); no trigger is accepted`;
    throw new TriggerError(message, { code: 'guard-broken', fields: { path }, cause });
  }
}

function guardOver(document: Document<Counters>): ReplayGuard {
  const turn = new Mutex();
  const last = (keyId: number) => document.data.counters[keyId] ?? 0;
  return {
    last,
    highest: () => Math.max(0, ...Object.values(document.data.counters)),
    accept: (keyId, counter) =>
      turn.run(async () => {
        if (counter <= last(keyId)) return false;
        await document.update((data) => {
          data.counters[keyId] = counter;
        });
        return true;
      }),
  };
}
