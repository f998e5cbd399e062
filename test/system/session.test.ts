import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE } from '../../src/cli/demo/parts.ts';
import { startSystem } from '../support/system.ts';
import { ear, listenIn } from '../support/system-ear.ts';

test('R7 the first link carries the trigger only; the device opens the second and synchronises when it is asked', async () => {
  const system = await startSystem({ server: ear });
  const { hellos, reports } = await listenIn(system);
  const since = system.timeline.mark();
  await system.arrives(await system.send('Asked for'));
  await system.sessionOver(since);
  // The SMS says who is meant and nothing else, and is gone from the SIM.
  const [sms] = system.happened('sms-delivered');
  expect(sms).toMatchObject({ from: NUMBERS.server, to: NUMBERS.device });
  expect(Buffer.from((sms as { tpdu: Uint8Array }).tpdu)).toHaveLength(48);
  expect(system.modems.simulated.device.stored('SM')).toEqual([]);
  // The handheld connects to the broker and to IMAP by itself, asks, is told, reports.
  const ports = system.happened('connected').map((event) => ('port' in event ? event.port : 0));
  expect(ports.toSorted()).toEqual(
    [system.server.broker?.port ?? 0, system.server.mail?.imapPort ?? 0].toSorted(),
  );
  expect(hellos).toMatchObject([{ cause: 'sms' }]);
  const names = system.timeline.steps.slice(since).map(({ name }) => name);
  expect(names.indexOf('request')).toBeGreaterThan(names.indexOf('data-session'));
  expect(names.indexOf('synchronised')).toBeGreaterThan(names.indexOf('request'));
  await system.until(() => expect(reports).toMatchObject([{ result: 'ok', reached: [{ uidnext: 2 }] }]));
});

test('R8 by SMS: a sealed token in one GSM 7-bit text', async () => {
  const system = await startSystem();
  await system.arrives(await system.send('By SMS'));
  expect(system.serial.server.all('>')).toContain('AT+CMGS=');
  expect(system.happened('sms-delivered')).toHaveLength(1);
  expect(system.happened('call-placed')).toEqual([]);
});

test('R8 by call: it rings, is never answered, is hung up, and the mail comes', async () => {
  const system = await startSystem({ trigger: 'call' });
  const since = system.timeline.mark();
  await system.arrives(await system.send('By a call'));
  await system.sessionOver(since);
  expect(system.happened('call-placed', 'call-ringing', 'call-answered', 'call-ended')).toMatchObject([
    { kind: 'call-placed', from: NUMBERS.server, to: NUMBERS.device },
    { kind: 'call-ringing' },
    { kind: 'call-ended', cause: 'busy' },
  ]);
  const sent = system.serial.device.all('>');
  expect(sent).toContain('AT+CHUP\r');
  expect(sent).not.toMatch(/ATA\r/);
  expect(system.happened('sms-submitted')).toEqual([]);
});

test('R8 a call from a number that is not listed is left ringing and opens nothing', async () => {
  const system = await startSystem({
    device: (table) => ({ ...table, trigger: { ...table.trigger, callers: [] } }),
  });
  const since = system.timeline.mark();
  await system.server.addressBook.add({
    device: DEVICE,
    number: NUMBERS.device,
    trigger: 'call',
    key: { id: 1, secret: system.secret },
  });
  await system.send('Not by this number');
  const ignored = await system.timeline.expect('ignored', { since });
  expect(ignored.text).toContain('left ringing');
  expect(system.happened('connected')).toEqual([]);
  expect(await system.mails()).toEqual([]);
});

test('R14 the handheld: detects, hangs up, opens a session, is asked, synchronises, closes, and listens again', async () => {
  const system = await startSystem({ trigger: 'call' });
  for (const subject of ['First', 'Second']) {
    const since = system.timeline.mark();
    await system.arrives(await system.send(subject));
    await system.sessionOver(since);
  }
  const commands = system.serial.device.commands();
  const second = commands.slice(commands.lastIndexOf('+CHUP'));
  for (const name of ['+CLCC', '+NETOPEN', '+CIPOPEN', '+CIPSEND', '+NETCLOSE', '+CMGL']) {
    expect(second).toContain(name);
  }
  expect(second.indexOf('+NETOPEN')).toBeGreaterThan(second.indexOf('+CLCC'));
  expect(second.lastIndexOf('+CMGL')).toBeGreaterThan(second.lastIndexOf('+NETCLOSE'));
  expect(await system.mails()).toHaveLength(2);
  expect(system.device.status()).toMatchObject({ listening: true, session: undefined, unsentReports: 0 });
  expect(system.happened('disconnected')).toHaveLength(system.happened('connected').length);
});
