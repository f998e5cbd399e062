import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { expect, onTestFinished, test } from 'vitest';
import type { SessionRecord } from '../../src/device/state/history.ts';
import { type Chain, chainAt, HANDHELD } from '../support/chain.ts';
import { type Dovecot, dovecot } from '../support/dovecot.ts';

async function startAll(): Promise<{ mail: Dovecot; chain: Chain }> {
  const mail = await dovecot();
  onTestFinished(() => mail[Symbol.asyncDispose]());
  return { mail, chain: await chainAt(mail) };
}

/** Hands a mail over by LMTP, as an MTA does. */
async function deliver({ lmtp, user }: Dovecot, subject: string, text: string): Promise<void> {
  const transport = createTransport({ lmtp: true, host: '127.0.0.1', port: lmtp, ignoreTLS: true });
  const to = `${user}@mail.example`;
  await transport.sendMail({ from: 'grace@example.org', to, subject, text }).finally(() => transport.close());
}

/** What a hook makes of `doveadm mailbox status`; see the example in `ringpost trigger --help`. */
async function whereItStands(mail: Dovecot): Promise<string[]> {
  const fields = ['-u', mail.user, 'uidvalidity uidnext', 'INBOX'];
  const said = await mail.doveadm('-f', 'flow', 'mailbox', 'status', ...fields);
  return said
    .trim()
    .split(' ')
    .filter((word) => word.startsWith('uid'))
    .map((word) => `--${word}`);
}

/** Rings the handheld by the command; gives its session once that is over and the SMS store was swept. */
async function ring({ mail, chain }: Awaited<ReturnType<typeof startAll>>, ...more: string[]) {
  const { timeline, device } = chain;
  const since = timeline.mark();
  await chain.trigger(...(await whereItStands(mail)), ...more);
  for (const name of ['first-trigger', 'address-book', 'sms-sent', 'sms', 'cmti', 'verified'] as const)
    await timeline.expect(name, { since });
  const closed = await timeline.expect('closed', { since });
  await timeline.expect('report-received', { since });
  await timeline.expect('swept', { since: timeline.steps.indexOf(closed) });
  const session = device.status().sessions.at(-1) as SessionRecord;
  const status = await chain.server.messageServer?.status(HANDHELD);
  expect(status).toMatchObject({ owed: [], awaitsReport: false, lastSync: expect.any(Number) });
  expect(Math.abs((status?.lastSync ?? 0) - session.at)).toBeLessThan(60_000);
  return session;
}

/** Files of a Maildir, their bytes as text, in the order of arrival at the server. */
async function messages(maildir: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['new', 'cur']) {
    for (const name of await readdir(join(maildir, folder)))
      found.push(await readFile(join(maildir, folder, name), 'latin1'));
  }
  return found.sort();
}

/** The handheld's Maildir holds the bytes that Dovecot's holds. */
async function expectSame({ mail, chain }: Awaited<ReturnType<typeof startAll>>, count: number) {
  const here = await messages(chain.maildir);
  expect(here).toHaveLength(count);
  expect(here).toEqual(await messages(mail.maildir));
}

test('R1 R4 R6 R7 R8 R11 with Dovecot: an SMS brings the handheld to synchronise; then one flight; then compressed', async () => {
  const all = await startAll();
  const { mail } = all;
  await deliver(mail, 'First light', 'The first mail');
  expect(await ring(all)).toMatchObject({ cause: 'sms', result: 'ok', fetched: 1 });
  await expectSame(all, 1);
  expect((await messages(all.chain.maildir))[0]).toMatch(/^Subject: First light$.*^The first mail$/ms);

  // The server is known by now: TLS, then everything in one flight.
  const before = (await mail.commands()).length;
  await deliver(mail, 'Second', 'The second mail');
  const second = await ring(all);
  expect(second).toMatchObject({ cause: 'sms', result: 'ok', fetched: 1, cost: { roundTrips: 2 } });
  await expectSame(all, 2);
  expect((await mail.commands()).slice(before)).toEqual([
    'ENABLE QRESYNC',
    expect.stringMatching(/^SELECT INBOX \(QRESYNC \(\d+ \d+ 1\)\)$/),
    expect.stringMatching(/^UID FETCH 2:4294967295 \(UID FLAGS .*BODY\.PEEK\[\]<0\.250000>\)$/),
  ]);

  // The trigger says that it is large, which pays for the flight that COMPRESS takes.
  const text = 'The same line again and again. '.repeat(3000);
  await deliver(mail, 'Third', text);
  const third = await ring(all, '--size', String(text.length));
  expect(third).toMatchObject({ result: 'ok', fetched: 1, cost: { roundTrips: 3 } });
  await expectSame(all, 3);
  expect(await mail.commands()).toContain('COMPRESS DEFLATE');
  expect(third.fetchedBytes).toBeGreaterThan(text.length);
  expect(third.cost.bytesDown).toBeLessThan(10_000);
});

test('a Dovecot that numbers its messages anew is taken up again without downloading what is there', async () => {
  const all = await startAll();
  const { mail } = all;
  for (const subject of ['One', 'Two']) await deliver(mail, subject, `Mail ${subject}`);
  expect(await ring(all, '--count', '2')).toMatchObject({ result: 'ok', fetched: 2 });
  // RFC 9051 2.3.1.1: a new one is greater than the old one, which Dovecot takes from the clock.
  await mail.doveadm('mailbox', 'update', '-u', mail.user, '--uid-validity', '4000000000', 'INBOX');
  await deliver(mail, 'Three', 'Mail Three');
  expect(await ring(all)).toMatchObject({ result: 'ok', fetched: 1 });
  await expectSame(all, 3);
});
