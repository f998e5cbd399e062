import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { unobserved } from '../../src/base/steps.ts';
import { openConfiguredModem } from '../../src/cli/build/radio.ts';
import { modem as modemConfig } from '../../src/cli/config/parts.ts';
import { MemoryPort } from '../../src/cli/demo/memory-port.ts';
import { CellularNetwork } from '../../src/simulator/network.ts';
import { simulateModem } from '../../src/simulator/simulated-modem/modem.ts';
import { madeRoot } from '../modem/ports/tree.ts';
import { quickClock } from '../support/quick-clock.ts';
import { temporaryDirectory } from '../support/room.ts';

const SIM7600 = { at: '1-1.2', id: '1e0e:9001', ttys: { ttyUSB2: 2, ttyUSB3: 3 } };

async function room() {
  const clock = quickClock(20);
  const network = new CellularNetwork({ clock });
  onTestFinished(() => network[Symbol.asyncDispose]());
  const port = new MemoryPort('/memory/modem');
  const simulated = simulateModem({ port, network, number: '+4915110000001', clock });
  onTestFinished(() => simulated[Symbol.asyncDispose]());
  return { clock, port, simulated };
}

const open = async (root: string, config: object, { clock, port }: Awaited<ReturnType<typeof room>>) => {
  const opened: string[] = [];
  const parts = {
    state: await temporaryDirectory(),
    clock,
    log: silentLog,
    observe: unobserved,
    root,
    openLine: async (one: { readonly port: string }) => {
      opened.push(one.port);
      return opened.length === 2 ? new MemoryPort(one.port).open() : port.open();
    },
  };
  const radio = await openConfiguredModem(modemConfig.parse(config), parts, new AbortController().signal);
  onTestFinished(() => radio[Symbol.asyncDispose]());
  return { opened, radio };
};

test('port = "auto" opens the AT port and the data port that are there', async () => {
  const { opened } = await open(await madeRoot([SIM7600]), { port: 'auto' }, await room());
  expect(opened).toEqual(['/dev/ttyUSB2', '/dev/ttyUSB3']);
});

test('a data port that is configured stays', async () => {
  const config = { port: 'auto', data_port: '/dev/modem-ppp' };
  const { opened } = await open(await madeRoot([SIM7600]), config, await room());
  expect(opened).toEqual(['/dev/ttyUSB2', '/dev/modem-ppp']);
});

test('a modem that falls silent and comes back under another name is found again', async () => {
  const around = await room();
  const root = await madeRoot([SIM7600]);
  const { opened, radio } = await open(root, { port: 'auto' }, around);
  const later = await madeRoot([{ ...SIM7600, ttys: { ttyUSB5: 2, ttyUSB6: 3 } }]);
  await rm(join(root, 'sys/class/tty'), { recursive: true });
  await symlink(join(later, 'sys/class/tty'), join(root, 'sys/class/tty'));
  around.simulated.faults.silent = true;
  const asked = radio.channel.command('AT+CSQ').catch(() => {});
  await expect.poll(() => opened, { timeout: 10_000 }).toContain('/dev/ttyUSB5');
  around.simulated.faults.silent = false;
  await asked;
});
