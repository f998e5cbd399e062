import { duplexPair } from 'node:stream';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Files } from '../../src/base/files.ts';
import { silentLog } from '../../src/base/log.ts';
import { MailQueue, type QueueOptions } from '../../src/server/mail/queue/queue.ts';
import { openMailStore } from '../../src/server/mail/store/mail-store.ts';
import { makeUsers } from '../../src/server/mail/users.ts';
import { certificate } from '../mail/imap/scripted-server.ts';
import type { SubmissionServer } from '../mail/outbox/submission-server.ts';
import { anna, bert, chunksOfText } from './mail-server.ts';

export const LETTER =
  'Received: from handheld by test with ESMTPSA id 0123456789abcdef;\r\n\tnow\r\n' +
  'Message-ID: <one@example.org>\r\nFrom: anna@example.org\r\nSubject: One\r\n\r\nHello\r\n';

/** A queue and its store on these files; they end with the test, or when `stop` says so. */
export async function openQueue(
  files: Files,
  connect: NonNullable<QueueOptions['connect']>,
  { clock = systemClock, ...more }: Partial<QueueOptions> & { clock?: Clock } = {},
) {
  const store = await openMailStore({ root: '/mail', clock, log: silentLog, files });
  const { cert: ca } = await certificate();
  const tls = { mode: 'implicit', ca } as const;
  const queue = await MailQueue.open({
    directory: '/queue',
    files,
    store,
    users: makeUsers([anna, bert]),
    name: 'mail.example.org',
    smarthost: { host: 'mail.example', port: 465, user: 'ada', password: 'secret', tls },
    connect,
    clock,
    log: silentLog,
    random: () => 0.5,
    ...more,
  });
  const stop = async () => {
    await queue[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  };
  onTestFinished(stop);
  return { store, queue, stop };
}

export type OpenedQueue = Awaited<ReturnType<typeof openQueue>>;

/** What anna submits: LETTER, to these; `bert` is here. */
export function submit({ queue }: OpenedQueue, to: readonly string[], acceptedAt = systemClock.now()) {
  const recipients = to.map((address) => ({
    address,
    state: 'waiting' as const,
    ...(address === 'bert@example.org' && { user: 'bert' }),
  }));
  const entry = { id: '0123456789abcdef', user: 'anna', sender: 'anna@example.org', acceptedAt };
  return queue.add({ ...entry, size: LETTER.length, eightBit: false, recipients }, chunksOfText(LETTER));
}

/** A network on which every connection is lost at once. */
export function lostNetwork() {
  const lost = { count: 0 };
  const connect = () => {
    lost.count += 1;
    const [near, far] = duplexPair();
    far.end();
    return near;
  };
  return { lost, connect };
}

/** How often each recipient elsewhere got it. */
export function copiesFor(smarthost: SubmissionServer, address: string): number {
  return smarthost.received.filter(({ to }) => to.includes(address)).length;
}
