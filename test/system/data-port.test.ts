import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import type { Carrier } from '../../src/simulator/carrier.ts';
import { nameServer, socketUnit } from '../link/ppp/room.ts';
import { quickClock } from '../support/quick-clock.ts';
import { temporaryDirectory } from '../support/room.ts';
import { startSystem } from '../support/system.ts';

/** Takes data calls and says nothing in them: the played pppd has its address at once. */
function silentCarrier(on: { up(): void; over(heard: string): void }): Carrier {
  return () => {
    let heard = '';
    return new Duplex({
      read() {},
      write(bytes: Buffer, _, done) {
        if (heard === '') on.up();
        heard += bytes.toString('latin1');
        done();
      },
      destroy(error, done) {
        on.over(heard);
        done(error);
      },
    });
  };
}

/** A handheld whose data calls go over their own port; an SMS comes in the middle of each. */
async function twoPorts() {
  const run = await temporaryDirectory();
  process.env.FAKE_DNS = (await nameServer('127.0.0.1')).at;
  const { path: socket } = await socketUnit(run, 'up');
  const on = { up: () => {}, over: (_: string) => {} };
  const carrier = silentCarrier({ up: () => on.up(), over: (heard) => on.over(heard) });
  const clock = quickClock(10);
  const system = await startSystem({
    twoTtys: true,
    deviceClock: clock,
    modem: { carrier, clock },
    device: (table) => ({ ...table, link: { kind: 'ppp', run, socket } }),
  });
  const { device: at } = system.serial;
  /** What the network heard in each data call, and what crossed the AT port meanwhile. */
  const calls: { heard: string; asked: string; said: string }[] = [];
  let began = { asked: 0, said: 0 };
  on.up = () => {
    began = { asked: at.all('>').length, said: at.all('<').length };
    system.modems.network.inject({ from: '+9990000055', to: NUMBERS.device, text: 'In the middle' });
  };
  on.over = (heard) =>
    calls.push({ heard, asked: at.all('>').slice(began.asked), said: at.all('<').slice(began.said) });
  return { system, calls };
}

test('an SMS in the middle of a data call is told at once on the AT port, and read there; the next mail comes too', async () => {
  const { system, calls } = await twoPorts();
  const { data, device: at } = system.serial;
  for (const subject of ['First', 'Second']) {
    const since = system.timeline.mark();
    await system.arrives(await system.send(subject));
    await system.sessionOver(since);
    const steps = system.timeline.steps.slice(since).map(({ name }) => name);
    expect(steps.filter((name) => ['data-session', 'ignored', 'closed'].includes(name))).toEqual([
      'data-session',
      'ignored',
      'closed',
    ]);
  }
  expect(calls).toHaveLength(2);
  for (const { heard, asked, said } of calls) {
    expect(heard).toBe('~hello~~bye~');
    expect(said).toContain('\r\n+CMTI: "SM",0\r\n');
    expect(asked).toMatch(/^AT\+CMGR=0\r/);
    expect(said).toContain('\r\n+CMGR: 0,');
  }
  expect(data.all('>').match(/ATD\*99#\r/g)).toHaveLength(2);
  expect(data.all('<')).not.toContain('+CMTI');
  expect(at.all('>')).not.toContain('ATD');
  expect(system.modems.simulated.device.stored('SM')).toEqual([]);
});
