import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { makeCertificate } from '../../src/cli/certificate.ts';
import type { Account } from '../../src/mail/account.ts';
import type { Benchmark, Figures, Row } from './harness/benchmark.ts';
import { accountAt, startBenchServer } from './harness/mail-account.ts';
import { type ManyMessages, makeDeviceCopy, makeServerInbox } from './harness/mailbox.ts';
import { scratchDirectory } from './harness/scratch.ts';
import { slowProxy } from './harness/slow-proxy.ts';
import { type DeviceCopy, syncInbox } from './harness/sync-inbox.ts';

const SLOW = { rttMs: 700, downBitsPerSecond: 40_000, upBitsPerSecond: 20_000 };
const MANY: ManyMessages = { count: 5000, text: 'Subject: x\n\n' };

/** How each of the two gets what is new; resolves with the number of messages. */
interface Way {
  readonly name: string;
  fetch(): Promise<{ fetched: number; more: Row }>;
}

export const benchmark: Benchmark = {
  measures: 'Seconds until one new mail is in a copy that was in step, over a bad cellular network',
  how: `Round trip 700 ms, 40 kbit/s down, 20 kbit/s up, by the simulator's radio model in a TCP proxy (no loss); TLS, the server known from
before, 5,000 messages in step, a new mail of 5 kB that does not compress. From TCP connect to the end, TCP's own round trip included.
Beside it what an ordinary client library takes for the same: connect, open INBOX, fetch all from UIDNEXT, log out.`,
  async run(signal): Promise<Figures> {
    await using scratch = await scratchDirectory();
    const tls = await makeCertificate('localhost');
    const serverRoot = join(scratch.path, 'server');
    await mkdir(serverRoot);
    await makeServerInbox(serverRoot, 'anna', MANY);
    await makeDeviceCopy(join(scratch.path, 'device'), MANY);
    await using server = await startBenchServer(serverRoot, tls);
    await using proxy = await slowProxy(server.imapPort);
    const account = accountAt(proxy.port, 'anna', tls);
    const copy = {
      account,
      root: join(scratch.path, 'device'),
      profilePath: join(scratch.path, 'profile.json'),
    };
    // Twice, so that both what the server offers and what it takes are known.
    for (let round = 0; round < 2; round += 1) await syncInbox(copy, signal);
    Object.assign(proxy.conditions, SLOW);
    let uidnext = MANY.count + 1;
    const ways: Way[] = [ringpost(copy, signal), library(account, () => uidnext)];
    const nothing: Row[] = [];
    for (const way of ways) nothing.push(await timed(way, 'nothing new', 0, signal));
    await server.store.deliver('anna', 'INBOX', newMail());
    const one: Row[] = [];
    for (const way of ways) one.push(await timed(way, 'one new mail, 5 kB', 1, signal));
    uidnext += 1;
    const rows = [...nothing, ...one];
    return { rows, problems: rows.flatMap(({ problem }) => (problem ? [String(problem)] : [])) };
  },
};

async function timed(way: Way, what: string, expected: number, signal: AbortSignal): Promise<Row> {
  signal.throwIfAborted();
  const began = performance.now();
  const { fetched, more } = await way.fetch();
  const seconds = (performance.now() - began) / 1000;
  const problem = `${what}, ${way.name}: ${fetched} messages came, expected ${expected}`;
  return { what, client: way.name, seconds, ...more, ...(fetched === expected ? {} : { problem }) };
}

function ringpost(copy: DeviceCopy, signal: AbortSignal): Way {
  return {
    name: 'ringpost',
    async fetch() {
      const { mailboxes, cost } = await syncInbox(copy, signal);
      const { bytesUp, bytesDown, roundTrips } = cost;
      const more = { 'bytes up': bytesUp, 'bytes down': bytesDown, 'round trips after TCP': roundTrips };
      return { fetched: mailboxes[0]?.result === 'ok' ? mailboxes[0].fetched : -1, more };
    },
  };
}

function library({ host, port, user, password, tls }: Account, uidnext: () => number): Way {
  return {
    name: 'imapflow',
    async fetch() {
      const auth = { user, pass: password };
      const client = new ImapFlow({ host, port, secure: true, auth, tls: { ca: tls.ca }, logger: false });
      await client.connect();
      await client.mailboxOpen('INBOX');
      let fetched = 0;
      for await (const { uid } of client.fetch(
        `${uidnext()}:*`,
        { source: true, flags: true },
        { uid: true },
      )) {
        // `n:*` fetches the last message even when it is older than n.
        if (uid >= uidnext()) fetched += 1;
      }
      await client.logout();
      return { fetched, more: {} };
    },
  };
}

async function* newMail(): AsyncGenerator<Uint8Array> {
  const body = randomBytes(3600).toString('base64').replace(/.{76}/g, '$&\r\n');
  yield Buffer.from(`From: a@bench.test\r\nTo: anna@bench.test\r\nSubject: new\r\n\r\n${body}\r\n`);
}
