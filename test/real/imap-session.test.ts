import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { imapSession } from '../../src/mail/imap/open-session.ts';
import type { SessionOptions } from '../../src/mail/imap/opened.ts';
import type { Known, MailSession, Selected } from '../../src/mail/session.ts';
import { MAX_UID, UidSet } from '../../src/mail/uid-set.ts';
import {
  type CountingProxy,
  countingProxy,
  expectCounted,
  type ProxyCount,
} from '../support/counting-proxy.ts';
import { type Dovecot, dovecot } from '../support/dovecot.ts';
import { temporaryDirectory } from '../support/room.ts';

const MESSAGES = 5000;
let server: Dovecot;
let proxy: CountingProxy;

beforeAll(async () => {
  server = await dovecot();
  await fill(server.maildir, MESSAGES);
  await server.doveadm('index', '-u', server.user, 'INBOX');
  proxy = await countingProxy({ port: server.imaps });
});

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

async function fill(maildir: string, count: number): Promise<void> {
  for (let at = 1; at <= count; at += 200) {
    const batch = Array.from({ length: Math.min(200, count - at + 1) }, (_, more) => at + more);
    await Promise.all(batch.map((number) => deliver(maildir, `m${number}`, 400)));
  }
}

/** A message put where an MTA would put it. */
async function deliver(maildir: string, name: string, size: number): Promise<void> {
  const head = `From: a@mail.example\nSubject: ${name}\nMessage-ID: <${name}@mail.example>\n\n`;
  const stamp = 1_700_000_000 + Math.floor(Math.random() * 1e6);
  await writeFile(
    join(maildir, 'cur', `${stamp}.${name}.host:2,S`),
    `${head}${'x'.repeat(71)}\n`.padEnd(size, 'text \n'),
  );
}

async function optionsFor(more: Partial<SessionOptions> = {}): Promise<SessionOptions> {
  return {
    account: {
      host: 'mail.example',
      port: proxy.port,
      user: server.user,
      password: server.password,
      tls: { mode: 'implicit', ca: server.ca },
    },
    connect: (_host, port) => connect(port, '127.0.0.1'),
    profilePath: `${await temporaryDirectory()}/server.json`,
    clock: systemClock,
    log: silentLog,
    ...more,
  };
}

const open = (options: SessionOptions) => imapSession(options)(new AbortController().signal);

interface Outcome {
  readonly selected: Selected;
  readonly bodies: Map<number, Buffer>;
  readonly session: MailSession;
  readonly count: ProxyCount;
}

/** A whole session: select, fetch what is new, leave. */
async function synchronise(options: SessionOptions, known: Known, from: number): Promise<Outcome> {
  proxy.take();
  const bodies = new Map<number, Buffer>();
  await using session = await open(options);
  const selected = session.select('INBOX', known);
  const fetched = session.fetchMessages(UidSet.range(from, MAX_UID), async ({ uid }, body) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    bodies.set(uid, Buffer.concat(chunks));
  });
  await Promise.all([selected, fetched, session.logout()]);
  await proxy.idle();
  return { selected: await selected, bodies, session, count: proxy.take() };
}

function knownFrom({ uidvalidity, uidnext, highestModseq }: Selected): Known {
  return {
    uidvalidity,
    ...(highestModseq ? { modseq: highestModseq } : {}),
    uids: UidSet.range(1, uidnext - 1),
  };
}

function show(what: string, { count, session }: Outcome): void {
  const { roundTrips } = session.cost();
  process.stdout.write(
    `${what}: ${count.bytesDown} bytes down, ${count.bytesUp} up, ${roundTrips} round trips after TCP, ${count.flights} flights at the proxy\n`,
  );
}

describe('against Dovecot with 5,000 messages', () => {
  it('needs one round trip after TLS and under 1.6 kB down when nothing changed', async () => {
    const options = await optionsFor();
    const first = await synchronise(options, NOTHING, MAX_UID);
    show('server not known', first);
    expect(first.selected.exists).toBeGreaterThanOrEqual(MESSAGES);
    const second = await onTheAir(options, knownFrom(first.selected));
    show('nothing new', second);
    expect(second.selected).toMatchObject({ resynced: true, changed: [], exists: first.selected.exists });
    expect(second.bodies.size).toBe(0);
    expect(second.count.bytesDown).toBeLessThan(1600);
    expectOneFlight(second);
  });

  it('can take leave by LOGOUT, for about 110 bytes more', async () => {
    const options = await optionsFor({ farewell: 'logout' });
    const first = await synchronise(options, NOTHING, MAX_UID);
    const second = await onTheAir(options, knownFrom(first.selected));
    show('nothing new, with LOGOUT', second);
    expect(second.count).toMatchObject({ connections: 1, flights: 2 });
    expect(second.count.bytesDown).toBeLessThan(1700);
  });

  it('waits for the greeting where the server is not known to take commands before it', async () => {
    const options = await optionsFor({ probeEarly: false });
    const first = await synchronise(options, NOTHING, MAX_UID);
    const second = await onTheAir(options, knownFrom(first.selected));
    show('nothing new, greeting awaited', second);
    // Up: ClientHello; the end of the handshake; everything, behind the greeting; the end of the connection.
    expect(second.session.cost().roundTrips).toBe(3);
    expect(second.count.flights).toBe(4);
    expect(second.count.bytesDown).toBeLessThan(1600);
  });

  it('fetches a new 5 kB mail in the same flight', async () => {
    const options = await optionsFor();
    const known = knownFrom((await synchronise(options, NOTHING, MAX_UID)).selected);
    const size = 5000;
    await deliver(server.maildir, 'fresh', size);
    const got = await onTheAir(options, known);
    show('one new 5 kB mail', got);
    expect([...got.bodies.values()].map((body) => body.toString())).toEqual([
      expect.stringContaining('Subject: fresh'),
    ]);
    const bytes = [...got.bodies.values()].reduce((sum, body) => sum + body.length, 0);
    expect(bytes).toBeGreaterThan(size);
    expect(got.count.bytesDown).toBeLessThan(1600 + bytes + FETCH_RESPONSE);
    expectOneFlight(got);
  });

  it('fetches it compressed with one flight more', async () => {
    const options = await optionsFor();
    const known = knownFrom((await synchronise(options, NOTHING, MAX_UID)).selected);
    await deliver(server.maildir, 'squeezed', 50_000);
    proxy.take();
    await using session = await open(options);
    const [selected, compressed] = await Promise.all([session.select('INBOX', known), session.compress?.()]);
    expect(compressed).toBe(true);
    const sizes: number[] = [];
    const fetched = session.fetchMessages(
      UidSet.range(known.uids.last + 1, selected.uidnext - 1),
      async (head, body) => {
        let length = 0;
        for await (const chunk of body) length += chunk.length;
        sizes.push(length - head.size);
      },
    );
    await Promise.all([fetched, session.logout()]);
    expect(sizes).toEqual([0]);
    const { bytesDown } = proxy.take();
    process.stdout.write(
      `one new 50 kB mail, compressed: ${bytesDown} bytes down, ${session.cost().roundTrips} round trips\n`,
    );
    expect(bytesDown).toBeLessThan(4000);
  });

  it('tells flags and expunges since the last time', async () => {
    const options = await optionsFor();
    const { selected } = await synchronise(options, NOTHING, MAX_UID);
    await server.doveadm(
      'flags',
      'add',
      '-u',
      server.user,
      '\\Flagged $Work',
      'mailbox',
      'INBOX',
      'uid',
      '10:12',
    );
    await server.doveadm('expunge', '-u', server.user, 'mailbox', 'INBOX', 'uid', '20,22');
    const { selected: now } = await synchronise(options, knownFrom(selected), selected.uidnext);
    expect(now.changed.map(({ uid, flags }) => [uid, [...flags].sort()])).toEqual(
      [10, 11, 12].map((uid) => [uid, ['$Work', '\\Flagged', '\\Seen']]),
    );
    expect(now.vanished.toString()).toBe('20,22');
    expect(now.highestModseq).toBeGreaterThan(selected.highestModseq ?? 0n);
  });

  it('lists, searches and fetches flags', async () => {
    const options = await optionsFor();
    await using session = await open(options);
    await session.select('INBOX');
    const [heads, exist, flags] = await Promise.all([
      session.list(UidSet.range(1, 3)),
      session.existing(UidSet.range(1, MAX_UID)),
      session.fetchFlags(UidSet.range(1, MAX_UID)),
      session.logout(),
    ]);
    expect(heads.map(({ messageId }) => messageId)).toEqual(
      Array(3).fill(expect.stringMatching(/^<m\d+@mail.example>$/)),
    );
    expect(exist.size).toBe(flags.length);
    expect(exist.has(20)).toBe(false);
  });

  it('works over STARTTLS, and without each extension', async () => {
    const all = 'IMAP4rev1 SASL-IR ENABLE UIDPLUS CONDSTORE QRESYNC ESEARCH LITERAL+ COMPRESS=DEFLATE'.split(
      ' ',
    );
    for (const missing of [
      'QRESYNC',
      'CONDSTORE',
      'ENABLE',
      'COMPRESS=DEFLATE',
      'UIDPLUS',
      'LITERAL+',
      'SASL-IR',
    ]) {
      await using other = await dovecot({ capability: all.filter((name) => name !== missing).join(' ') });
      await deliver(other.maildir, 'only', 300);
      const base = await optionsFor();
      const account = { ...base.account, port: other.imap, tls: { mode: 'starttls' as const, ca: other.ca } };
      for (const time of ['first', 'remembered']) {
        await using session = await open({ ...base, account });
        const bodies: Buffer[] = [];
        const results = await Promise.all([
          session.select('INBOX', NOTHING),
          session.fetchMessages(UidSet.range(1, MAX_UID), async (_head, body) => {
            for await (const chunk of body) bodies.push(Buffer.from(chunk));
          }),
          session.existing(UidSet.range(1, 9)),
          session.compress?.(),
          session.logout(),
        ]);
        expect([missing, time, results[2].toString(), results[3]]).toEqual([
          missing,
          time,
          '1',
          missing !== 'COMPRESS=DEFLATE',
        ]);
        expect(Buffer.concat(bodies).toString()).toContain('Subject: only');
      }
    }
  });
});

/** What a message comes with: UID, flags, date, size, MODSEQ, and the TLS records around it; bytes. */
const FETCH_RESPONSE = 200;

/** One round trip for TLS, one for all of IMAP; and the session counted what crossed the proxy, both ways. */
function expectOneFlight({ session, count }: Outcome): void {
  expectCounted(session.cost(), count);
  expect(session.cost().roundTrips).toBe(2);
  // Up: ClientHello; then everything behind the end of the handshake; then the end of the connection.
  expect(count).toMatchObject({ connections: 1, flights: 3 });
}

const NOTHING: Known = { uidvalidity: 0, uids: UidSet.empty };

/** A session of a remembered server, with enough latency that the order of flights is that of the air. */
async function onTheAir(options: SessionOptions, known: Known): Promise<Outcome> {
  proxy.options = { latencyMs: 60 };
  try {
    return await synchronise(options, known, known.uids.last + 1);
  } finally {
    proxy.options = {};
  }
}
