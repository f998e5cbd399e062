import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE } from '../../src/cli/demo/parts.ts';
import { sealTrigger } from '../../src/trigger/seal.ts';
import { ordinaryClient } from '../support/ordinary-client.ts';
import { startSystem } from '../support/system.ts';
import { ear, listenIn } from '../support/system-ear.ts';

const ports = (system: Awaited<ReturnType<typeof startSystem>>) => ({
  mqtt: system.server.broker?.port,
  imap: system.server.mail?.imapPort,
});

test('R7 the first link is dropped, the device opens the second, and synchronises at the request that comes over it', async () => {
  const system = await startSystem({ server: ear, trigger: 'call' });
  const { hellos, reports } = await listenIn(system);
  const since = system.timeline.mark();
  const sent = await system.send('By request');
  await system.arrives(sent);
  await system.sessionOver(since);

  const { mqtt, imap } = ports(system);
  const air = system.happened('call-ended', 'call-answered', 'connected');
  expect(air).toMatchObject([
    { kind: 'call-ended', from: NUMBERS.server, to: NUMBERS.device },
    { kind: 'connected', number: NUMBERS.device, port: mqtt },
    { kind: 'connected', number: NUMBERS.device, port: imap },
  ]);
  expect(hellos).toMatchObject([{ cause: 'call' }]);
  // The report answers a request that only the message server knew.
  expect(reports).toMatchObject([{ request: expect.stringMatching(/^[0-9a-f-]{36}$/), result: 'ok' }]);
  expect(await system.sessions()).toMatchObject([{ request: reports[0]?.request, cause: 'call' }]);
});

test('R7 without a request the device synchronises nothing: mail that nobody announced stays where it is', async () => {
  const system = await startSystem({ server: ear });
  const { hellos, reports } = await listenIn(system);
  const since = system.timeline.mark();
  // What a client files in the mailbox is no reason to ring (and the device may have been that client).
  const client = await ordinaryClient(system);
  await client.append('INBOX', 'Subject: filed by a client\r\n\r\n');
  const text = sealTrigger({ id: 1, secret: Buffer.from(system.secret, 'hex') }, DEVICE, 2 ** 33);
  system.modems.network.inject({ from: NUMBERS.server, to: NUMBERS.device, text });
  await system.sessionOver(since);
  expect(hellos).toMatchObject([{ cause: 'sms', counter: 2 ** 33 }]);
  expect(await system.mails()).toEqual([]);
  expect(reports).toEqual([]);
});

test('R8 an SMS is the second trigger: a sealed token and nothing else, deleted once it was read', async () => {
  const system = await startSystem();
  const since = system.timeline.mark();
  await system.arrives(await system.send('Rung by SMS'));
  await system.sessionOver(since);
  expect(system.happened('sms-submitted', 'sms-delivered', 'call-placed').map(({ kind }) => kind)).toEqual([
    'sms-submitted',
    'sms-delivered',
  ]);
  const serial = system.serial.device;
  expect(serial.all('<')).toContain('+CMTI: "SM",0');
  expect(serial.commands().slice(serial.commands().indexOf('+CMGR'))).toEqual(
    expect.arrayContaining(['+CMGR', '+CMGD', '+NETOPEN']),
  );
  expect(system.modems.simulated.device.stored('SM')).toEqual([]);
});

test('R8 a call is the second trigger: it rings, is never answered, and the device hangs up', async () => {
  const system = await startSystem({ trigger: 'call' });
  const since = system.timeline.mark();
  await system.arrives(await system.send('Rung by a call'));
  await system.sessionOver(since);
  expect(
    system.happened('call-placed', 'call-ringing', 'call-answered', 'call-ended', 'sms-submitted'),
  ).toMatchObject([
    { kind: 'call-placed', from: NUMBERS.server, to: NUMBERS.device },
    { kind: 'call-ringing' },
    // What a caller hears when the called side refuses.
    { kind: 'call-ended', cause: 'busy' },
  ]);
  expect(system.serial.device.all('<')).toMatch(/\r\n(RING|\+CRING: VOICE)\r\n/);
  expect(system.serial.device.all('>')).toMatch(/AT\+CHUP\r|ATH\r/);
  expect(system.serial.device.all('>')).not.toMatch(/\rATA/);
});

test('R8 a call from a number that is not listed is left ringing, and no data session is opened', async () => {
  const system = await startSystem({
    device: (table) => ({ ...table, trigger: { keys: table.trigger.keys } }),
  });
  const since = system.timeline.mark();
  const stranger = system.modems.network.attach({
    number: '+9990000003',
    ring: () => 'busy',
    deliver: () => 'full',
    report: () => {},
  });
  const call = stranger.call(NUMBERS.device);
  await system.timeline.expect('ignored', { since });
  expect(call.state).toBe('ringing');
  call.end('caller');
  await system.until(() => expect(system.happened('call-ended')).toMatchObject([{ cause: 'caller' }]));
  expect(system.happened('connected')).toEqual([]);
});
