import { asError } from '../base/errors.ts';
import type { Step } from '../base/steps.ts';
import type { Cause, Cost } from '../bus/topics.ts';
import type { OutboxResult } from '../mail/outbox/options.ts';
import type { SyncResult } from '../mail/sync/result.ts';
import type { Answer } from './decide.ts';
import type { OutboxRecord } from './state/history.ts';

/** Sentences for people. */

export function sayCost({ seconds, bytesUp, bytesDown, roundTrips }: Cost): string {
  const trips = roundTrips === 1 ? '1 round trip' : `${roundTrips} round trips`;
  return `radio on for ${seconds.toFixed(1)} s, ${sayBytes(bytesUp)} up, ${sayBytes(bytesDown)} down, ${trips}`;
}

export function sayBytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

export function saySync({ mailboxes }: SyncResult): string {
  const sum = (pick: (one: SyncResult['mailboxes'][number]) => number) =>
    mailboxes.reduce((total, one) => total + pick(one), 0);
  const fetched = sum((one) => one.fetched);
  const parts = [
    fetched === 0 ? 'no new message' : `${fetched} new (${sayBytes(sum((one) => one.fetchedBytes))})`,
    sum((one) => one.flagged) > 0 ? `${sum((one) => one.flagged)} flag changes` : '',
    sum((one) => one.expunged) > 0 ? `${sum((one) => one.expunged)} deleted` : '',
    toldInWords({
      messages: sum((one) => one.appended + one.transferred),
      flags: sum((one) => one.flagsTold),
      removed: sum((one) => one.removedThere),
    }),
  ];
  return parts.filter(Boolean).join(', ');
}

/** What the server was told: `told the server: 1 message, 3 flags, 2 deletions`. */
function toldInWords(counts: Readonly<Record<'messages' | 'flags' | 'removed', number>>): string {
  const names = { messages: 'message', flags: 'flag change', removed: 'deletion' } as const;
  const said = (Object.keys(names) as (keyof typeof names)[])
    .filter((name) => counts[name] > 0)
    .map((name) => `${counts[name]} ${names[name]}${counts[name] === 1 ? '' : 's'}`);
  return said.length === 0 ? '' : `told the server: ${said.join(', ')}`;
}

/** `sent 2 mails; 1 mail waits for the next session`. */
export function sayOutbox({ sent, refused, left }: Omit<OutboxRecord, 'said'>): string {
  const parts = [
    sent > 0 || refused + left === 0 ? `sent ${mails(sent)}` : '',
    refused > 0 ? `${mails(refused)} refused` : '',
    left > 0 ? `${mails(left)} ${left === 1 ? 'waits' : 'wait'} for the next session` : '',
  ];
  return parts.filter(Boolean).join('; ');
}

/** What the user must know of single mails, each by its subject. */
export function outboxLines({ sent, refused, error }: OutboxResult): string[] {
  return [
    ...refused.map(({ subject, reason }) => `not sent: "${subject}": ${reason}`),
    ...sent.flatMap(({ subject, missed }) =>
      missed.map(({ address, reason }) => `"${subject}" did not go to ${address}: ${reason}`),
    ),
    ...sent
      .filter(({ perhapsTwice }) => perhapsTwice)
      .map(({ subject }) => `"${subject}" may have been sent twice: an earlier attempt was cut off`),
    ...(error ? [`Outbox: ${error.message}`] : []),
  ];
}

function mails(count: number): string {
  return `${count} mail${count === 1 ? '' : 's'}`;
}

export const causeInWords: Readonly<Record<Cause, string>> = {
  sms: 'a trigger by SMS',
  call: 'a trigger by call',
  user: 'the user',
  poll: 'the fall-back poll',
};

/** What the message server wants. */
export function answerStep(answer: Answer): Step {
  const name = 'request';
  if ('silent' in answer) {
    return { name, text: `no request: ${asError(answer.silent).message}`, fields: { silent: true } };
  }
  const { request } = answer;
  if (request.do === 'nothing') return { name, text: 'the message server has nothing to do' };
  const { count, size } = request.hint;
  const text = `asked to synchronise: ${count} new, ${sayBytes(size)}`;
  return { name, text, fields: { request: request.request, count, size } };
}
