import { z } from 'zod';

/** Device ids are MQTT user names and topic levels: no wildcard, no separator fits in. */
export const deviceId = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'expected a device id: 1 to 64 of a-z, 0-9 and -');

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** IMAP UIDs, UIDNEXT and UIDVALIDITY are 32-bit (RFC 9051 2.3.1.1). */
const uid = z
  .number()
  .int()
  .min(1)
  .max(2 ** 32 - 1);
const identifier = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'expected an identifier of 1 to 128 characters');
const mailboxName = z.string().min(1).max(1000);

/** How many messages and how many bytes are new, as far as the server knows. */
export const hint = z.object({ count, size: count });

/** A place in a mailbox: everything below `uidnext` is meant. */
export const target = z.object({ mailbox: mailboxName, uidvalidity: uid, uidnext: uid });

/** First trigger: new mail in a mailbox that carries this device id. */
export const trigger = z.object({ event: identifier, device: deviceId, ...target.shape, ...hint.shape });

/** Sent by the message server once the trigger is stored durably, or refused for ever. */
export const triggerAck = z.object({ event: identifier, refused: z.string().max(200).optional() });

export const cause = z.enum(['sms', 'call', 'user', 'poll']);

/** First word of the device in each session. */
export const hello = z.object({
  cause,
  /** Highest counter of a verified trigger, 48 bits; 0: none yet. */
  counter: z
    .number()
    .int()
    .min(0)
    .max(2 ** 48 - 1),
  /** Revision of its settings. */
  settings: count,
  /** Revision of the server's settings that it has; earlier versions do not say it. */
  seen: count.optional(),
  /** Id of the newest trigger key that it holds; earlier versions do not say it. */
  key: z.number().int().min(0).max(0xffff).optional(),
});

/** Revision of the device's settings that the server has, where hello named a higher one: a broker lost the rest. */
const knownSettings = count.optional();

/** What to synchronise, or that there is nothing to do. */
export const request = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('sync'),
    request: identifier,
    settings: knownSettings,
    targets: z.array(target).max(100),
    hint,
    /** Milliseconds since 1970; an older one is ignored. */
    expires: count,
  }),
  z.object({ do: z.literal('nothing'), request: identifier, settings: knownSettings }),
]);

export const cost = z.object({
  /** Seconds from the first dial to the last hang-up: the radio was on. */
  seconds: z.number().min(0),
  bytesUp: count,
  bytesDown: count,
  roundTrips: count,
});

/** What the device reached. A report clears only that; mail that came later stays owed. */
export const report = z.object({
  /** The request it answers; absent when the session had none (by hand, or the fall-back of a verified SMS). */
  request: identifier.optional(),
  reached: z.array(target).max(100),
  result: z.enum(['ok', 'partial', 'failed', 'off']),
  /** Why not `ok`, for people. */
  reason: z.string().max(500).optional(),
  cause,
  cost,
  /** When the session ended, milliseconds since 1970 by the device's clock. */
  at: count,
});

/** One side's settings. Each side writes its own and merges: see `mergeSettings`. */
export const settings = z.object({
  on: z.boolean(),
  /** Shortest time between the last synchronisation and the next trigger, seconds. */
  intervalSeconds: z
    .number()
    .int()
    .min(0)
    .max(7 * 86_400),
  /** Rises with each change of this side. */
  revision: count,
  /** The highest revision of the other side that this one has seen. */
  seen: count,
});

/** What the user of a mail server chose there; with neither `on` nor an interval it is a question. */
export const settingsChange = z.object({
  event: identifier,
  device: deviceId,
  on: settings.shape.on.optional(),
  intervalSeconds: settings.shape.intervalSeconds.optional(),
  /** `version` of the effective settings that the user could know of; 0: of none. */
  knew: count,
});

/** What the settings of a device come to, told to the mail servers when they change, and as the answer to an event. */
export const effective = z.object({
  device: deviceId,
  event: identifier.optional(),
  /** `version` only rises, as long as the message server keeps its state. */
  settings: settings.pick({ on: true, intervalSeconds: true }).extend({ version: count }).optional(),
  refused: z.string().max(200).optional(),
});

export type Hint = z.infer<typeof hint>;
export type Target = z.infer<typeof target>;
export type Trigger = z.infer<typeof trigger>;
export type TriggerAck = z.infer<typeof triggerAck>;
export type Cause = z.infer<typeof cause>;
export type Hello = z.infer<typeof hello>;
export type Request = z.infer<typeof request>;
export type SyncRequest = Extract<Request, { do: 'sync' }>;
export type Cost = z.infer<typeof cost>;
export type Report = z.infer<typeof report>;
export type Settings = z.infer<typeof settings>;
export type SettingsChange = z.infer<typeof settingsChange>;
export type Effective = z.infer<typeof effective>;

/** A topic with the shape of its payload. */
export interface Topic<T> {
  readonly name: string;
  readonly payload: z.ZodType<T>;
  /** The broker keeps the last one for whoever subscribes later. */
  readonly retain: boolean;
}

function topic<T>(name: string, payload: z.ZodType<T>, retain = false): Topic<T> {
  return { name, payload, retain };
}

/**
 * Every topic of Ringpost. `device` may be `+` to subscribe to all. Beside those of the devices:
 *
 * | topic | writer | payload |
 * |---|---|---|
 * | `ringpost/trigger` | mail servers | new mail; kept there until it is acknowledged |
 * | `ringpost/trigger/ack` | message server | event id, once stored durably |
 * | `ringpost/settings` | mail servers | a change of a device's settings, or a question; kept there until it is answered |
 * | `ringpost/settings/effective` | message server | what the settings come to; event id, once stored durably |
 *
 * A mail server may speak of any device: no broker knows which are its own, so it is trusted with the address book.
 */
export const topics = {
  trigger: topic('ringpost/trigger', trigger),
  triggerAck: topic('ringpost/trigger/ack', triggerAck),
  settingsChange: topic('ringpost/settings', settingsChange),
  effective: topic('ringpost/settings/effective', effective),
  hello: (device: string) => topic(`ringpost/device/${device}/hello`, hello),
  request: (device: string) => topic(`ringpost/device/${device}/request`, request),
  report: (device: string) => topic(`ringpost/device/${device}/report`, report),
  deviceSettings: (device: string) => topic(`ringpost/device/${device}/settings/device`, settings, true),
  serverSettings: (device: string) => topic(`ringpost/device/${device}/settings/server`, settings, true),
};

/** The device id in a topic of a device's subtree, or undefined. */
export function deviceOf(topicName: string): string | undefined {
  return /^ringpost\/device\/([a-z0-9-]{1,64})\//.exec(topicName)?.[1];
}
