import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { quickClock } from '../support/quick-clock.ts';
import { enrol, layOut, patient, type System, startSystem } from '../support/system.ts';

/** Waits of the product shrink twentyfold; the modem and the network take their own time. */
const HASTY = 20;

/** The server rings again soon when no report comes. */
const IMPATIENT = { ladder: patient(2500), jitter: 0, gatewayRetryMs: 300, perHour: 1000 } as const;

async function worksAgain(system: System, subject: string): Promise<void> {
  await system.arrives(await system.send(subject));
  expect(await system.mails()).toHaveLength((await system.serverMails()).length);
}

test('garbage and split lines on both serial ports: mail comes all the same, and after it', async () => {
  const system = await startSystem({ deviceClock: quickClock(HASTY), serverPolicy: IMPATIENT });
  const { server, device } = system.modems.simulated;
  for (const { faults } of [server, device]) Object.assign(faults, { garbageBytes: 7, splitWrites: 3 });
  for (const modem of [server, device]) modem.garbage(5000);
  const first = await system.send('Through noise');
  await system.arrives(first);
  for (const { faults } of [server, device]) Object.assign(faults, { garbageBytes: 0, splitWrites: 0 });
  await worksAgain(system, 'After noise');
});

test('a modem that answers nothing at the start: said in words, opened again until it answers', async () => {
  const system = await layOut({ deviceClock: quickClock(HASTY), serverPolicy: IMPATIENT });
  const { faults } = system.modems.simulated.device;
  faults.silent = true;
  await system.startServer();
  await enrol(system);
  const since = system.timeline.mark();
  await system.startDevice(false);
  const waiting = await system.send('While it was silent');
  const failure = await system.timeline.expect('failed', { since });
  expect(failure.text).toMatch(/no modem: AT on .*: no OK; is the modem on.*; trying again in \d+ s/);
  faults.silent = false;
  await system.arrives(waiting);
  await worksAgain(system, 'After the silence');
});

test('a modem that falls silent in the middle of a session: the session fails in words, the mail comes later', async () => {
  const system = await startSystem({
    deviceClock: quickClock(HASTY),
    serverPolicy: IMPATIENT,
    conditions: { rttMs: 60 },
  });
  const { faults } = system.modems.simulated.device;
  const since = system.timeline.mark();
  const sent = await system.send('Cut off');
  await system.timeline.expect('data-session', { since });
  faults.silent = true;
  const failure = await system.timeline.expect('failed', { since });
  expect(failure.text).not.toBe('');
  faults.silent = false;
  await system.arrives(sent);
  await worksAgain(system, 'And the next');
});

test('a modem that answers ERROR to everything: said in words, and mail comes when it does not', async () => {
  const system = await layOut({ deviceClock: quickClock(HASTY), serverPolicy: IMPATIENT });
  const { faults } = system.modems.simulated.device;
  faults.refuseAll = true;
  await system.startServer();
  await enrol(system);
  const since = system.timeline.mark();
  await system.startDevice(false);
  const waiting = await system.send('Refused');
  const failure = await system.timeline.expect('failed', { since });
  expect(failure.text).toMatch(/no modem: AT on .*: no OK.*trying again/);
  faults.refuseAll = false;
  await system.arrives(waiting);
  await worksAgain(system, 'Accepted');
});

test("the message server's modem answers ERROR to everything: the trigger is owed and sent when it works", async () => {
  const system = await startSystem({ serverPolicy: IMPATIENT });
  const { faults } = system.modems.simulated.server;
  faults.refuseAll = true;
  const since = system.timeline.mark();
  const waiting = await system.send('Owed');
  await system.until(() => expect(system.serial.server.all('>')).toContain('AT+CMGS'));
  const retry = await system.timeline.expect('retry', { since });
  expect(retry.text).toMatch(/No gateway could send: modem: SMS to .*: AT\+CMGS=\d+: ERROR/);
  expect(system.happened('sms-submitted')).toEqual([]);
  faults.refuseAll = false;
  await system.arrives(waiting);
  await worksAgain(system, 'Sent at once');
});

test('a full SMS store: what is in it is kept in the inbox file, and the trigger that waited outside comes in', async () => {
  const system = await layOut({ modem: { smsCapacity: 3 }, serverPolicy: IMPATIENT });
  await system.startServer();
  await enrol(system);
  const { device } = system.modems.simulated;
  const texts = ['Your parcel is here', 'Dinner at 8?', 'Balance: 4.20', 'One too many'];
  for (const text of texts) system.modems.network.inject({ from: '+9990000077', to: NUMBERS.device, text });
  await system.until(() => expect(system.happened('sms-waiting')).toHaveLength(1));
  expect(device.stored('SM').length + device.stored('ME').length).toBe(3);
  const sent = await system.send('Behind the queue');
  await system.until(() => expect(system.happened('sms-waiting')).toHaveLength(2));
  await system.startDevice();
  await system.arrives(sent);
  const inbox = await readFile(join(system.directory, 'device', 'inbox.jsonl'), 'utf8');
  for (const text of texts) expect(inbox).toContain(text);
  expect(device.stored('SM')).toEqual([]);
  await worksAgain(system, 'Room again');
});
