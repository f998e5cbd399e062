import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createTransport } from 'nodemailer';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { startWatcher } from '../../../src/server/watcher/watcher.ts';
import { childJob, peakMegabytes, sendAnswer } from './child.ts';

/** The watcher in a process of its own: `users` of the server's, each on a connection over TLS. */
export interface WatchedJob {
  readonly imapPort: number;
  readonly smtpPort: number;
  readonly ca: string;
  readonly users: readonly string[];
  readonly password: string;
  /** So many mails are sent, one after another, to users spread over all. */
  readonly mails: number;
  readonly state: string;
}

export interface WatchedAnswer {
  /** Resident after a collection, MB: before the watcher was started, and with all connections idling. */
  readonly before: number;
  readonly idling: number;
  readonly peak: number;
  /** Until every mailbox was looked at for the first time, seconds. */
  readonly seconds: number;
  /** From the server's 250 to the trigger agent, milliseconds, each mail. */
  readonly delays: readonly number[];
}

const job = childJob<WatchedJob>();
const told: { device: string | undefined; at: number }[] = [];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function resident(): number {
  collect();
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function toldOf(count: number): Promise<void> {
  while (told.length < count) await systemClock.sleep(1);
}

async function mailDelay(number: number): Promise<number> {
  const user = job.users[Math.floor((number * job.users.length) / job.mails)] ?? '';
  const transport = createTransport({ host: '127.0.0.1', port: job.smtpPort, ignoreTLS: true });
  const expected = told.length + 1;
  await transport.sendMail({ from: 'a@b.test', to: `${user}@bench.test`, subject: 'x', text: 'Hello' });
  const sent = performance.now();
  transport.close();
  await toldOf(expected);
  return Math.max(0, (told.at(-1)?.at ?? 0) - sent);
}

async function measure(): Promise<WatchedAnswer> {
  const before = resident();
  const began = performance.now();
  await startWatcher({
    server: { host: 'localhost', port: job.imapPort, security: 'tls', ca: job.ca },
    users: job.users.map((user) => ({
      user,
      login: user,
      password: job.password,
      mailboxes: ['INBOX'],
      device: user,
    })),
    agent: { stored: async ({ device }) => void told.push({ device, at: performance.now() }) },
    stateDirectory: job.state,
    clock: systemClock,
    log: silentLog,
  });
  await toldOf(job.users.length);
  const seconds = (performance.now() - began) / 1000;
  // The last ones are still on their way from the look to IDLE.
  await systemClock.sleep(2000);
  const idling = resident();
  const delays: number[] = [];
  for (let number = 0; number < job.mails; number += 1) delays.push(await mailDelay(number));
  return { before, idling, peak: peakMegabytes(), seconds, delays };
}

sendAnswer(await measure());
