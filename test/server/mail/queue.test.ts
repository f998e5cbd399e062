import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { clientNetwork } from '../../../src/server/mail/smtp/client-network.ts';
import { submissionServer } from '../../mail/outbox/submission-server.ts';
import { LETTER, lostNetwork, openQueue, submit } from '../../support/mail-queue.ts';
import { inboxOf, mailer, withSmarthost } from '../../support/smtp-talk.ts';
import { VolatileFiles } from '../../support/volatile-files.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const CARL = ['carl@elsewhere.example'];

test('a smarthost that cannot be reached: 1, 2, 4 … 240 minutes, over a restart, for five days; then a report', async () => {
  const files = new VolatileFiles();
  const clock = new SimulatedClock();
  const { lost, connect } = lostNetwork();
  const first = await openQueue(files, connect, { clock });
  await submit(first, CARL, clock.now());
  const tried = async (ms: number) => {
    const before = lost.count;
    await clock.advance(ms);
    await settled();
    return lost.count - before;
  };
  const settled = async () => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  };
  await settled();
  expect(lost.count).toBe(1);
  for (const minutes of [1, 2, 4, 8]) {
    expect(await tried(minutes * MINUTE - 1000)).toBe(0);
    expect(await tried(1000)).toBe(1);
  }
  await first.stop();
  const second = await openQueue(files, connect, { clock });
  await settled();
  expect(await tried(16 * MINUTE - 1000)).toBe(0);
  expect(await tried(1000)).toBe(1);
  for (const minutes of [32, 64, 128, 240, 240]) expect(await tried(minutes * MINUTE)).toBe(1);
  expect(await inboxOf(second, 'anna')).toEqual([]);
  for (let hours = 0; hours < 5 * 24 && second.queue.length > 0; hours += 4) await tried(240 * MINUTE);
  expect(clock.monotonic() - 5 * DAY).toBeGreaterThanOrEqual(0);
  expect(clock.monotonic() - 5 * DAY).toBeLessThan(240 * MINUTE);
  const [report = ''] = await inboxOf(second, 'anna');
  expect(report).toMatch(/It could not be sent in time; last: .*ended/);
  expect(report).toContain('Status: 5.4.7\r\n');
});

test('RFC 3464: a report names who, why and what, returns only the header, and answers nobody', async () => {
  const recipient = (address: string) => (address.startsWith('carl') ? 550 : undefined);
  const { server, smarthost } = await withSmarthost({}, { recipient });
  const subject = 'Grüße';
  const to = ['carl@elsewhere.example', 'dora@elsewhere.example'];
  await mailer(server).sendMail({ from: 'anna@example.org', to, subject, text: 'the body' });
  await expect.poll(() => inboxOf(server, 'anna')).toHaveLength(1);
  expect(smarthost.received).toMatchObject([{ to: ['dora@elsewhere.example'] }]);
  const [report = ''] = await inboxOf(server, 'anna');
  expect(report).toMatch(/^Return-Path: <>\r\n/);
  expect(report).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;\r\n\s+boundary="/m);
  expect(report).toMatch(/^Auto-Submitted: auto-replied\r$/m);
  expect(report).toMatch(
    /^Content-Type: message\/delivery-status\r\n(?:.*\r\n)*?\r\nReporting-MTA: dns; mail\.example\.org\r\n/m,
  );
  expect(report).toContain(
    'Final-Recipient: rfc822; carl@elsewhere.example\r\nAction: failed\r\nStatus: 5.0.0\r\n',
  );
  expect(report).toContain('Remote-MTA: dns; mail.example\r\nDiagnostic-Code: smtp; 550 scripted 550\r\n');
  expect(report).toMatch(/^Content-Type: text\/rfc822-headers/m);
  expect(report).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=');
  expect(report).not.toContain('dora@elsewhere.example: ');
  expect(report).not.toContain('the body');
});

test('refused for now is tried again for those alone; a message from nobody is reported to nobody', async () => {
  let busy = true;
  const { server, smarthost } = await withSmarthost(
    { submission: { retry: { first: 20 } } },
    {
      recipient: (address) => {
        if (address.startsWith('eve')) return 550;
        return busy && address.startsWith('carl') ? 450 : undefined;
      },
    },
  );
  const to = ['carl@elsewhere.example', 'dora@elsewhere.example', 'eve@elsewhere.example'];
  await mailer(server).sendMail({ envelope: { from: '', to }, subject: 'x' });
  await expect.poll(() => smarthost.received.length).toBe(1);
  busy = false;
  await expect.poll(() => server.smtp.queue?.length).toBe(0);
  expect(smarthost.received.map(({ to }) => to)).toEqual([['dora@elsewhere.example'], CARL]);
  expect(
    new Set(smarthost.received.map(({ text }) => createHash('sha1').update(text).digest('hex'))).size,
  ).toBe(1);
  expect(await inboxOf(server, 'anna')).toEqual([]);
});

test('files in the directory that are no whole message: ours of a crash go, others stay', async () => {
  const files = new VolatileFiles();
  const { connect } = lostNetwork();
  const clock = new SimulatedClock();
  const first = await openQueue(files, connect, { clock });
  await submit(first, CARL, clock.now());
  await first.stop();
  for (const name of [
    '1111111111111111.eml',
    '1111111111111111.json.aa.tmp',
    '2222222222222222.json',
    'notes',
  ])
    await (await files.create(`/queue/${name}`)).close();
  const second = await openQueue(files, connect, { clock });
  expect(second.queue.length).toBe(1);
  const left = files
    .paths()
    .filter((path) => path.startsWith('/queue/'))
    .sort();
  expect(left).toEqual(
    ['0123456789abcdef.eml', '0123456789abcdef.json', '2222222222222222.json', 'notes'].map(
      (name) => `/queue/${name}`,
    ),
  );
});

test('what is sent is byte for byte what was queued', async () => {
  const smarthost = await submissionServer({ size: 1_000_000 });
  const opened = await openQueue(new VolatileFiles(), smarthost.connect);
  await submit(opened, CARL);
  await expect.poll(() => smarthost.received.length).toBe(1);
  expect(smarthost.received).toMatchObject([{ text: LETTER, declared: LETTER.length }]);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:DB8:0:1:aaaa::1', '2001:db8:0:1::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'local'],
])('who shares limits: %s is of %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
