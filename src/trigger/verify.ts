import { timingSafeEqual } from 'node:crypto';
import type { ReplayGuard } from './guard.ts';
import type { TriggerKey } from './key.ts';
import { tagOf } from './seal.ts';
import {
  type Candidate,
  decodeToken,
  findTokens,
  TOKEN_BYTES,
  type Token,
  type TokenFields,
} from './token.ts';

/** Longest text that is looked through, in characters: a dozen concatenated messages. */
export const MAX_TEXT = 2000;

declare const verified: unique symbol;

/** A second trigger that was verified: only `verifyTrigger` makes one. Unknown flags are ignored. */
export interface Trigger extends TokenFields {
  readonly [verified]: true;
}

/** Why a text is no trigger. `no-token`: it does not even claim to be one. */
export type Refusal =
  | 'no-token'
  | 'malformed'
  | 'oversized'
  | 'unknown-key'
  | 'bad-tag'
  | 'replayed'
  | 'guard-broken';

export type Verdict =
  | { readonly trigger: Trigger }
  /** `text` says in words what was wrong; nothing of the message is in it. */
  | { readonly refused: Refusal; readonly text: string; readonly cause?: unknown };

export interface Verification {
  /** The device that this must be meant for. */
  readonly device: string;
  readonly keys: readonly TriggerKey[];
  readonly guard: ReplayGuard;
}

type Refused = Extract<Verdict, { refused: Refusal }>;

/** The nearer to acceptance, the more it tells: of several candidates the latest in this order is reported. */
const ORDER: readonly Refusal[] = [
  'no-token',
  'malformed',
  'oversized',
  'unknown-key',
  'bad-tag',
  'replayed',
];

/**
 * Looks for a trigger for this device in a text, or in the bytes of an 8-bit message (19 bytes, or a text as
 * Latin-1). Its counter is on the disk when a trigger is returned. Never rejects.
 */
export async function verifyTrigger(
  message: string | Uint8Array,
  verification: Verification,
): Promise<Verdict> {
  let best = refusal('no-token', 'there is no trigger token in the message');
  if (message.length > MAX_TEXT) {
    return refusal('oversized', `the message has ${message.length} characters, more than ${MAX_TEXT}`);
  }
  for (const candidate of candidatesIn(message)) {
    const verdict = await judge(candidate, verification);
    if ('trigger' in verdict || verdict.refused === 'guard-broken') return verdict;
    if (ORDER.indexOf(verdict.refused) > ORDER.indexOf(best.refused)) best = verdict;
  }
  return best;
}

function candidatesIn(message: string | Uint8Array): Candidate[] {
  if (typeof message === 'string') return findTokens(message);
  const token = message.length === TOKEN_BYTES ? decodeToken(message) : undefined;
  return token ? [{ token }] : findTokens(Buffer.from(message).toString('latin1'));
}

async function judge(candidate: Candidate, { device, keys, guard }: Verification): Promise<Verdict> {
  if ('problem' in candidate) {
    const text = candidate.problem === 'oversized' ? 'the token is too long' : 'the token is cut or garbled';
    return refusal(candidate.problem, text);
  }
  const { keyId, counter, flags } = candidate.token;
  const key = keys.find(({ id }) => id === keyId);
  if (!key) return refusal('unknown-key', `the token names key ${keyId}, which this device does not have`);
  if (!isGenuine(key, device, candidate.token)) {
    return refusal('bad-tag', `the token is not sealed for ${device} under key ${keyId}`);
  }
  try {
    if (await guard.accept(keyId, counter)) return { trigger: { keyId, counter, flags } as Trigger };
    return refusal('replayed', `counter ${counter} of key ${keyId} was used up before`);
  } catch (cause) {
    return { ...refusal('guard-broken', 'the replay counter cannot be stored'), cause };
  }
}

function isGenuine(key: TriggerKey, device: string, token: Token): boolean {
  // Counter 0 is never sealed.
  return token.counter > 0 && timingSafeEqual(tagOf(key, device, token), token.tag);
}

function refusal(refused: Refusal, text: string): Refused {
  return { refused, text };
}
