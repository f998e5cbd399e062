import { BusError } from './bus.ts';
import type { Topic } from './topics.ts';

/** No payload of ours comes near it; whatever is larger is hostile or broken. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;

/** The payload as it crosses the wire. Throws BusError `bad-payload` when it breaks the topic's schema. */
export function encodePayload<T>(topic: Topic<T>, payload: T): Buffer {
  const checked = topic.payload.safeParse(payload);
  if (!checked.success) throw badPayload(topic.name, 'to send', checked.error);
  const bytes = Buffer.from(JSON.stringify(checked.data));
  if (bytes.length > MAX_PAYLOAD_BYTES) throw tooLarge(topic.name, bytes.length);
  return bytes;
}

/** The opposite, for what anybody may have sent. Throws BusError `bad-payload`. */
export function decodePayload<T>(topic: Topic<T>, bytes: Uint8Array): T {
  if (bytes.length > MAX_PAYLOAD_BYTES) throw tooLarge(topic.name, bytes.length);
  const checked = topic.payload.safeParse(parseJson(topic.name, bytes));
  if (!checked.success) throw badPayload(topic.name, 'received', checked.error);
  return checked.data;
}

function parseJson(topic: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badPayload(topic, 'received', cause);
  }
}

function badPayload(topic: string, way: string, cause: unknown): BusError {
  return new BusError(`payload ${way} on ${topic}: not of the topic's shape`, {
    code: 'bad-payload',
    fields: { topic },
    cause,
  });
}

function tooLarge(topic: string, bytes: number): BusError {
  return new BusError(`payload on ${topic}: ${bytes} bytes, more than ${MAX_PAYLOAD_BYTES}`, {
    code: 'bad-payload',
    fields: { topic, bytes },
  });
}
