import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE } from '../../src/cli/demo/parts.ts';
import { type System, startSystem } from '../support/system.ts';

/** The AT commands of the handheld, from a piece of the serial line on, of those that matter here. */
function order(system: System, from: number, wanted: readonly string[]): string[] {
  const sent = system.serial.device.commands(from).filter((name) => wanted.includes(name));
  return sent.filter((name, at) => name !== sent[at - 1]);
}

test('R14 SMS, read and deleted, data session, request, in step, session closed, store swept, listening: and again by call', async () => {
  const system = await startSystem();
  const { device: serial } = system.serial;
  const bySms = serial.crossed.length;
  let since = system.timeline.mark();
  await system.arrives(await system.send('By SMS'));
  await system.sessionOver(since);
  const cycle = ['+CMGR', '+CMGD', '+CIPOPEN', '+NETCLOSE', '+CMGL'];
  expect(order(system, bySms, cycle)).toEqual(cycle);

  await system.server.addressBook.add({
    device: DEVICE,
    number: NUMBERS.device,
    trigger: 'call',
    key: { id: 1, secret: system.secret },
  });
  const byCall = serial.crossed.length;
  since = system.timeline.mark();
  await system.arrives(await system.send('By call'));
  await system.sessionOver(since);
  const callCycle = ['+CHUP', '+CIPOPEN', '+NETCLOSE', '+CMGL'];
  expect(order(system, byCall, [...callCycle, '+CMGR'])).toEqual(callCycle);

  // Every connection that was opened is closed again, and the server knows of both sessions.
  expect(system.happened('connected')).toHaveLength(system.happened('disconnected').length);
  expect((await system.sessions()).map(({ cause, result }) => [cause, result])).toEqual([
    ['sms', 'ok'],
    ['call', 'ok'],
  ]);
});

test('R14 the copy is files in a Maildir; the agent is stopped and started, and the next mail joins them', async () => {
  const system = await startSystem();
  const since = system.timeline.mark();
  const first = await system.send('Before');
  await system.arrives(first);
  await system.sessionOver(since);
  const names = await readdir(join(system.directory, 'Mail', 'new'));
  await system.stopDevice();
  // What comes while nobody listens lies in the modem's store, and is swept at the start.
  const second = await system.send('Meanwhile');
  await system.until(() => expect(system.modems.simulated.device.stored('SM')).toHaveLength(1));
  await system.startDevice();
  await system.arrives(second);
  expect(await readdir(join(system.directory, 'Mail', 'new'))).toEqual(expect.arrayContaining(names));
  expect(await system.mails()).toEqual(await system.serverMails());
  expect(system.modems.simulated.device.stored('SM')).toEqual([]);
});

test('R14 a message that comes in the middle of a session is in the copy when it ends, or is rung for again', async () => {
  const system = await startSystem({ conditions: { rttMs: 100 } });
  const since = system.timeline.mark();
  const first = await system.send('First');
  await system.timeline.expect('data-session', { since });
  const second = await system.send('In the middle');
  await system.arrives(first);
  await system.arrives(second);
  await system.until(async () =>
    expect((await system.server.messageServer?.status(DEVICE))?.owed).toEqual([]),
  );
  expect(await system.mails()).toHaveLength(2);
});

test('R14 a forged and a replayed SMS are refused, deleted, and open no data session', async () => {
  const system = await startSystem();
  const since = system.timeline.mark();
  await system.arrives(await system.send('Genuine'));
  await system.sessionOver(since);
  const genuine = system.happened('sms-delivered')[0];
  if (genuine?.kind !== 'sms-delivered') throw new Error('no SMS was delivered');
  const connections = system.happened('connected').length;
  const before = system.timeline.mark();
  const { network } = system.modems;
  network.inject({ to: NUMBERS.device, pdu: Buffer.from(genuine.tpdu).toString('hex') });
  await system.timeline.expect('refused', { since: before });
  const later = system.timeline.mark();
  network.inject({ from: NUMBERS.server, to: NUMBERS.device, text: `RP1${'A'.repeat(31)}` });
  await system.timeline.expect('refused', { since: later });
  await system.until(() => expect(system.modems.simulated.device.stored('SM')).toEqual([]));
  expect(system.logged('device').map(({ refused }) => refused)).toEqual(
    expect.arrayContaining(['replayed', 'unknown-key']),
  );
  expect(system.happened('connected')).toHaveLength(connections);

  await system.arrives(await system.send('The next one works'));
});
