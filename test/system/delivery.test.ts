import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE, LOST_USER, STRANGER } from '../../src/cli/demo/parts.ts';
import { openAddressBook } from '../../src/server/message/address-book.ts';
import { startSystem } from '../support/system.ts';
import { ear, listenIn } from '../support/system-ear.ts';

test('R1 a mail by SMTP is stored, the server reaches out, and both copies hold it byte for byte', async () => {
  const system = await startSystem();
  const since = system.timeline.mark();
  const sent = await system.send('First light');
  await system.arrives(sent);
  await system.sessionOver(since);

  const atServer = await system.serverMails();
  expect(atServer).toHaveLength(1);
  expect(await system.mails()).toEqual(atServer);
  // The server began it: its SMS was on the air before the handheld opened anything.
  expect(system.events[0]).toMatchObject({ kind: 'sms-submitted', from: NUMBERS.server, to: NUMBERS.device });
  expect(system.happened('connected').every(({ at }) => at >= (system.events[1]?.at ?? 0))).toBe(true);
  expect(await system.sessions()).toMatchObject([{ device: DEVICE, result: 'ok', cause: 'sms' }]);
});

test('R2 the mailbox carries the remote device id: mail of a user without one rings nobody', async () => {
  const system = await startSystem({
    server: (table) => ({
      ...table,
      mail: {
        ...table.mail,
        users: table.mail.users.map(({ device, ...user }) =>
          user.name === LOST_USER.name ? user : { ...user, device },
        ),
      },
    }),
  });
  await system.send('Rings nobody', { to: LOST_USER.address });
  const sent = await system.send('Rings pocket-1');
  await system.arrives(sent);
  expect(system.happened('sms-submitted')).toHaveLength(1);
  expect(await system.mails()).toHaveLength(1);
});

test('R3 R4 the agent sends a trigger message with the device id to the message server, which rings', async () => {
  const system = await startSystem({ server: ear });
  const { triggers } = await listenIn(system);
  const sent = await system.send('Announced');
  await system.arrives(sent);
  const [stored] = await system.serverMails();
  expect(triggers).toEqual([
    {
      event: expect.any(String),
      device: DEVICE,
      mailbox: 'INBOX',
      uidvalidity: expect.any(Number),
      uidnext: 2,
      count: 1,
      size: stored?.length,
    },
  ]);
  expect(system.happened('sms-submitted')).toHaveLength(1);
});

test('R5 the address book says where a device id is reached; a new number holds for the next mail', async () => {
  const system = await startSystem({ serverPolicy: { gatewayRetryMs: 300 } });
  const contact = { device: DEVICE, number: '+9990000009', key: { id: 1, secret: system.secret } };
  await system.server.addressBook.add(contact);
  await system.send('To the old number');
  await system.until(() => expect(system.happened('sms-refused')).toMatchObject([{ to: '+9990000009' }]));
  const book = await openAddressBook(join(system.directory, 'server', 'address-book.json'));
  expect(book.find(DEVICE)).toMatchObject({ number: '+9990000009' });

  await system.server.addressBook.add({ ...contact, number: NUMBERS.device });
  const sent = await system.send('To the new number');
  await system.arrives(sent);
  expect(system.happened('sms-delivered')).toMatchObject([{ to: NUMBERS.device }]);
});

test('R6 an unknown device id is refused and logged, and nothing is sent; a known one gets its second trigger', async () => {
  const system = await startSystem();
  const since = system.timeline.mark();
  await system.send('To nobody', { to: LOST_USER.address });
  const refusal = await system.timeline.expect('refused', { since });
  expect(refusal.text).toContain(STRANGER);
  await system.until(() => expect(system.server.agent?.pending).toBe(0));
  expect(system.logged('server')).toContainEqual(
    expect.objectContaining({ device: STRANGER, msg: expect.stringMatching(/refused|unknown/i) }),
  );
  expect(system.events).toEqual([]);
  expect(system.serial.server.all('>')).not.toContain('AT+CMGS');

  await system.arrives(await system.send('To somebody'));
  expect(system.happened('sms-submitted', 'call-placed')).toHaveLength(1);
});
