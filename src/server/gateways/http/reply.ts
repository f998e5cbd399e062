import type { GatewayError } from '../errors.ts';
import type { Description, ReplyCondition, ReplyRule } from './description.ts';
import type { HttpReply } from './exchange.ts';

/** What a reply means. Texts are the provider's own, and may repeat what it was sent. */
export type Verdict =
  | { readonly taken: true; readonly id: string | undefined }
  | ({ readonly taken: false; readonly texts: readonly string[]; readonly meaning: string } & Refusal);

type Refusal = Pick<ReplyRule, 'temporary' | 'surely'> & { readonly code: GatewayError['code'] };

/** A reply is no success unless status and conditions say so; the first rule that fits says what it is then. */
export function judge({ reply: expected }: Description, reply: HttpReply): Verdict {
  const content = expected.kind === 'json' ? parsed(reply.text) : undefined;
  const holds = (condition: ReplyCondition) => fits(condition, reply.text, content);
  const { success } = expected;
  if (success.status.includes(reply.status) && success.when.every(holds))
    return { taken: true, id: expected.id === undefined ? undefined : textAt(content, expected.id) };
  const rule = expected.errors.find(
    ({ status, when }) => (status?.includes(reply.status) ?? true) && when.every(holds),
  );
  const texts =
    expected.kind === 'text' ? [reply.text] : expected.error.flatMap((path) => textAt(content, path) ?? []);
  return { taken: false, texts, ...(rule ?? byStatus(reply.status)) };
}

/** RFC 9110 15: what a status says by itself. 5xx other than 503 may come after the text has left. */
function byStatus(status: number): Refusal & { meaning: string } {
  const refusal = (meaning: string, details: Refusal) => ({ meaning, ...details });
  if (status < 300) return refusal('the answer does not say that it was taken', NOT_UNDERSTOOD);
  if (status < 400) return refusal('it points elsewhere, which is not followed', PERMANENT);
  if (status === 429)
    return refusal('too many requests', { code: 'throttled', temporary: true, surely: true });
  if (status === 408 || status === 503)
    return refusal('not available now', { code: 'not-sent', temporary: true, surely: true });
  if (status >= 500) return refusal('the server failed', NOT_UNDERSTOOD);
  return refusal('refused', PERMANENT);
}

const PERMANENT = { code: 'refused', temporary: false, surely: true } as const;
const NOT_UNDERSTOOD = { code: 'not-sent', temporary: true, surely: false } as const;

/** Milliseconds (RFC 9110 10.2.3); only as a number of seconds, and at most an hour: a provider cannot silence us for long. */
export function retryAfterMs({ retryAfter }: HttpReply): number | undefined {
  if (retryAfter === undefined || !/^\d{1,9}$/.test(retryAfter)) return undefined;
  return Math.min(Number(retryAfter), 3600) * 1000;
}

function fits({ path, matches }: ReplyCondition, text: string, content: unknown): boolean {
  const found = path === undefined ? text : textAt(content, path);
  return found !== undefined && new RegExp(matches).test(found);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text, number or boolean at `messages.0.status`, as text. */
function textAt(content: unknown, path: string): string | undefined {
  const found = path.split('.').reduce<unknown>(memberOf, content);
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : undefined;
}

function memberOf(content: unknown, key: string): unknown {
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, key)) return undefined;
  return (content as Record<string, unknown>)[key];
}
