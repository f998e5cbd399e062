import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import { openDevice } from '../../src/device/agent.ts';
import { internationalForms, isListed } from '../../src/device/numbers.ts';
import { runDevice } from '../../src/device/run.ts';
import { BUILT, openTimeKeeper } from '../../src/device/state/time.ts';
import { ModemError } from '../../src/modem/errors.ts';
import { world } from '../support/device.ts';
import { FakeModem, inStep, untilAborted } from '../support/device-edge.ts';
import { temporaryDirectory } from '../support/room.ts';

const YEAR = 365 * 86_400_000;

test('a lost modem is opened again with growing waits, and what was owed is finished', async () => {
  const w = await world();
  const device = await openDevice(await w.parts());
  const stop = new AbortController();
  let opened = 0;
  const openRadio = async () => {
    opened += 1;
    if (opened === 2)
      throw new ModemError('/dev/fake: no such port', { code: 'line-closed', temporary: true });
    w.modem = new FakeModem(w);
    return w.radio();
  };
  const { clock } = w;
  const observe = (step: (typeof w.steps)[number]) => w.steps.push(step);
  const over = runDevice({ device, openRadio, clock, log: silentLog, observe }, stop.signal);
  await w.until(() => w.texts('listening').length === 1);
  w.synchronise = untilAborted;
  w.sms(w.trigger());
  await w.until(() => w.jobs.length === 1);
  w.modem.lose();
  await w.until(() => w.texts('failed').length === 1);
  await w.clock.advance(1000);
  await w.until(() => w.texts('failed').length === 2);
  expect(w.texts('failed')).toEqual([
    'no modem: the modem is not there; trying again in 1 s',
    'no modem: /dev/fake: no such port; trying again in 2 s',
  ]);

  w.synchronise = async () => inStep(5);
  await w.clock.advance(2000);
  await w.sessions(1);
  expect(w.server.reports).toMatchObject([{ request: 'r1', result: 'ok' }]);
  stop.abort();
  await over;
});

test('a permanent error of the modem ends the agent: nobody tries a wrong PIN again', async () => {
  const w = await world();
  const device = await openDevice(await w.parts());
  const openRadio = () => Promise.reject(new ModemError('AT+CPIN: wrong PIN', { code: 'cme-error' }));
  const run = { device, openRadio, clock: w.clock, log: silentLog, observe: () => {} };
  await expect(runDevice(run, new AbortController().signal)).rejects.toMatchObject({ message: /wrong PIN/ });
});

test('the clock never falls back behind what it was, and believes the network within limits only', async () => {
  const directory = join(await temporaryDirectory(), 'state');
  const noClock = () => new SimulatedClock(0);
  const first = await openTimeKeeper(directory, noClock());
  expect(first.now()).toBe(BUILT);
  expect(await first.learn(BUILT + YEAR)).toBe(true);
  expect(await first.learn(BUILT + 6 * YEAR)).toBe(false);
  expect(first.now()).toBe(BUILT + YEAR);

  const clock = noClock();
  const second = await openTimeKeeper(directory, clock);
  await clock.advance(5000);
  expect(second.now()).toBe(BUILT + YEAR + 5000);
  expect(await second.learn(BUILT)).toBe(true);
  expect(second.now()).toBe(BUILT + YEAR + 5000);
  await second.store();
  expect((await openTimeKeeper(directory, noClock())).now()).toBe(BUILT + YEAR + 5000);
});

test('the network time becomes the floor when the modem is served', async () => {
  const w = await world();
  w.networkTime = w.clock.now() + 3_600_000;
  const { device } = await w.boot();
  expect(await device.syncNow()).toMatchObject({ at: w.networkTime });
});

test('callers are compared in international form', () => {
  expect(internationalForms('0049 151 2345678')).toEqual(['+491512345678']);
  expect(internationalForms('0151-2345678', '49')).toEqual(['+491512345678']);
  expect(internationalForms('0151-2345678')).toEqual([]);
  expect(internationalForms('ALICE', '49')).toEqual([]);
  expect(isListed('491512345678', ['+49 151 2345678'], '49')).toBe(true);
  expect(isListed('+491512345678', ['+491512345679'], '49')).toBe(false);
  expect(isListed('2025550123', ['+12025550123'], '1')).toBe(true);
});
