import { join } from 'node:path';
import { z } from 'zod';
import { openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import { request, type SyncRequest } from '../../bus/topics.ts';
import type { ReplayGuard } from '../../trigger/guard.ts';
import type { TriggerKey } from '../../trigger/key.ts';
import type { Trigger } from '../../trigger/verify.ts';

const count = z.number().int().min(0);

const owed = z.object({
  cause: z.enum(['sms', 'call']),
  /** Number of the trigger that asked last; a session covers the triggers up to the one it knew of. */
  serial: count,
  /** When, milliseconds since 1970. */
  at: z.number(),
  /** Sessions that were started for it. */
  attempts: count,
});

const pending = z.object({
  serial: count,
  owed: owed.nullable(),
  /** The highest counter per key id that was acted upon: owed, or ignored on purpose. */
  acted: z.record(z.string(), count),
  /** The request received last and not yet answered. */
  request: request.nullable(),
});

/** A session that a trigger asked for and that did not come to its end yet. */
export type Owed = z.infer<typeof owed>;

/** What must be done although the power goes: the trigger's session, and the request it got. */
export interface Pending {
  readonly owed: Owed | undefined;
  /** The number of the newest trigger. */
  readonly serial: number;
  /** A request that was received and not yet answered. */
  readonly request: SyncRequest | undefined;
  oweSms(trigger: Trigger, at: number): Promise<void>;
  oweCall(at: number): Promise<void>;
  /** The trigger was seen and leads to nothing. */
  ignore(trigger: Trigger): Promise<void>;
  /** Counts a try, before it starts: a session that takes the power down is not tried for ever. */
  attempt(): Promise<void>;
  keepRequest(request: SyncRequest): Promise<void>;
  answered(requestId: string): Promise<void>;
  /** Nothing is owed any more to the triggers up to this number. */
  settle(serial: number): Promise<void>;
  /**
   * A guard that accepts the last counter once more when the power went between its storing and the storing
   * of what it asked for. Without it that trigger, still in the modem's store, would count as a replay.
   */
  readonly guard: ReplayGuard;
}

export interface PendingOptions {
  readonly directory: string;
  readonly guard: ReplayGuard;
  readonly keys: readonly TriggerKey[];
  readonly files?: Files | undefined;
}

export async function openPending({ directory, guard, keys, files }: PendingOptions): Promise<Pending> {
  // A new document knows of no trigger, so what the guard has seen before counts as acted upon.
  const acted = Object.fromEntries(keys.map(({ id }) => [id, guard.last(id)]));
  const document = await openDocument<z.infer<typeof pending>>({
    path: join(directory, 'pending.json'),
    schema: pending,
    initial: { serial: 0, owed: null, acted, request: null },
    ...(files ? { files } : {}),
  });
  if (!document.existed) await document.update(() => {});
  const owe = (data: z.infer<typeof pending>, cause: 'sms' | 'call', at: number) => {
    data.serial += 1;
    // A verified SMS stays one when a call comes on top.
    const stronger = data.owed?.cause === 'sms' ? 'sms' : cause;
    data.owed = { cause: stronger, serial: data.serial, at, attempts: 0 };
  };
  return {
    get owed() {
      return document.data.owed ?? undefined;
    },
    get serial() {
      return document.data.serial;
    },
    get request() {
      const kept = document.data.request;
      return kept?.do === 'sync' ? kept : undefined;
    },
    oweSms: (trigger, at) =>
      document.update((data) => {
        data.acted[trigger.keyId] = trigger.counter;
        owe(data, 'sms', at);
      }),
    oweCall: (at) => document.update((data) => owe(data, 'call', at)),
    ignore: ({ keyId, counter }) =>
      document.update((data) => {
        data.acted[keyId] = counter;
      }),
    attempt: () =>
      document.update((data) => {
        if (data.owed) data.owed.attempts += 1;
      }),
    keepRequest: (received) =>
      document.update((data) => {
        data.request = received;
      }),
    answered: async (id) => {
      if (document.data.request?.request !== id) return;
      await document.update((data) => {
        data.request = null;
      });
    },
    settle: async (serial) => {
      if (!document.data.owed || document.data.owed.serial > serial) return;
      await document.update((data) => {
        data.owed = null;
      });
    },
    guard: {
      last: (keyId) => guard.last(keyId),
      highest: () => guard.highest(),
      accept: async (keyId, counter) =>
        (await guard.accept(keyId, counter)) ||
        (counter === guard.last(keyId) && counter > (document.data.acted[keyId] ?? 0)),
    },
  };
}
