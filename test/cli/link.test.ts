import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { unobserved } from '../../src/base/steps.ts';
import { openConfiguredRadio } from '../../src/cli/build/device.ts';
import { linkOpener } from '../../src/cli/build/link.ts';
import { deviceConfig } from '../../src/cli/config/device.ts';
import { MemoryPort } from '../../src/cli/demo/memory-port.ts';
import { openModem } from '../../src/modem/open-modem.ts';
import { loadProfile } from '../../src/modem/profile.ts';
import { CellularNetwork } from '../../src/simulator/network.ts';
import { GENERIC } from '../../src/simulator/personalities.ts';
import { simulateModem } from '../../src/simulator/simulated-modem/modem.ts';
import { modemOf, SPOKEN } from '../link/dialects/room.ts';
import { listening } from '../link/room.ts';
import { temporaryDirectory } from '../support/room.ts';

const config = (state: string) =>
  deviceConfig.parse({
    device: 'pocket-1',
    state,
    mail: '/nowhere/Mail',
    modem: { port: '/dev/memory' },
    link: { kind: 'sockets' },
    imap: { host: 'mail.test', user: 'ada', password: 'hunter2' },
    message_server: { host: 'mail.test' },
    trigger: { keys: [{ id: 1, secret: '11'.repeat(32) }] },
  });

test.each(SPOKEN)('a profile that names $dialect gets its data sessions over it', async (spoken) => {
  const port = await listening((socket) => socket.end('hello'));
  const { channel, count } = modemOf(spoken);
  const profile = { ...(await loadProfile('generic')), sockets: spoken.dialect };
  const around = { channel, clock: systemClock, log: silentLog };
  const modem = await openModem({ ...around, profile });
  onTestFinished(() => modem[Symbol.asyncDispose]());
  const openLink = linkOpener(config('/nowhere'), { ...around, modem });
  const link = await openLink(new AbortController().signal);
  await once(link.connect('mail.test', port), 'connect');
  expect(count(spoken.openCommand)).toBe(1);
  await link[Symbol.asyncDispose]();
});

test('a modem without sockets that are known: said with what to do, and the port is let go', async () => {
  const clock = systemClock;
  const port = new MemoryPort('/dev/memory');
  const network = new CellularNetwork({ clock });
  const modem = simulateModem({ port, network, number: '+4915100000001', clock, personality: GENERIC });
  onTestFinished(async () => {
    await modem[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });
  const line = port.open();
  const around = { clock, log: silentLog, observe: unobserved, openLine: async () => line };
  const state = await temporaryDirectory();
  const radio = openConfiguredRadio(config(state), around, new AbortController().signal);
  await expect(radio).rejects.toMatchObject({
    name: 'ConfigError',
    code: 'bad-config',
    temporary: false,
    message: expect.stringMatching(/link\.kind: the profile generic .*set kind = "ppp"/),
  });
  expect(await line.closed).toBeUndefined();
});
