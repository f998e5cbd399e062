import { z } from 'zod';

const recipient = z.strictObject({
  address: z.string().min(1).max(320),
  /** The user here whose address it is; absent: it goes to the smarthost. */
  user: z.string().optional(),
  state: z.enum(['waiting', 'done', 'failed']),
  /** What the server or the disk said last. */
  reason: z.string().max(1000).optional(),
  /** When it failed for good, milliseconds since 1970. */
  failedAt: z.number().optional(),
  /** Its sender has been told. */
  told: z.boolean().optional(),
});

/** What is known of a message in the queue beside its bytes; one small file each. */
export const entrySchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** Who submitted it. */
  user: z.string(),
  /** Envelope sender; empty: nobody is told about failures (RFC 5321 4.5.5). */
  sender: z.string().max(320),
  /** When it was accepted, milliseconds since 1970. */
  acceptedAt: z.number(),
  /** Bytes of the message, and whether some are beyond ASCII (RFC 6152). */
  size: z.number(),
  eightBit: z.boolean(),
  attempts: z.number(),
  /** When to try next, milliseconds since 1970. */
  next: z.number(),
  recipients: z.array(recipient).min(1),
});

export type Entry = z.infer<typeof entrySchema>;
export type Recipient = z.infer<typeof recipient>;

export function waiting({ recipients }: Entry): Recipient[] {
  return recipients.filter(({ state }) => state === 'waiting');
}

/** Those whose failure the sender does not know yet. */
export function untold({ recipients }: Entry): Recipient[] {
  return recipients.filter(({ state, told }) => state === 'failed' && !told);
}

export function isOver(entry: Entry): boolean {
  return waiting(entry).length === 0 && untold(entry).length === 0;
}

/** The entry with other recipients in the place of those of the same address. */
export function withRecipients(entry: Entry, changed: readonly Recipient[]): Entry {
  const byAddress = new Map(changed.map((one) => [one.address, one]));
  return { ...entry, recipients: entry.recipients.map((one) => byAddress.get(one.address) ?? one) };
}

/** Failed for good. */
export function failed(one: Recipient, reason: string, at: number): Recipient {
  return { ...one, state: 'failed', reason: reason.slice(0, 1000), failedAt: at };
}

/** To be tried again. */
export function put(one: Recipient, reason: string): Recipient {
  return { ...one, reason: reason.slice(0, 1000) };
}

export function done({ reason: _, ...one }: Recipient): Recipient {
  return { ...one, state: 'done' };
}
