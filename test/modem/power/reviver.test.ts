import { expect, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { ModemError } from '../../../src/modem/errors.ts';
import { type FarEnd, memoryLine } from '../../../src/modem/memory-line.ts';
import type { PowerSupply } from '../../../src/modem/power/power.ts';
import { Reviver } from '../../../src/modem/power/reviver.ts';
import { run } from '../data/support.ts';

const { signal } = new AbortController();

/** A modem that can be off, at a port that is there or not, and a supply that notes what it is told. */
function room(
  options: { there?: boolean; on?: boolean; helps?: 'on' | 'cycle' | 'nothing'; inData?: boolean } = {},
) {
  const clock = new SimulatedClock();
  const modem = { there: true, on: false, helps: 'on', inData: false, ...options };
  const done: string[] = [];
  const sent: string[] = [];
  const help = (word: string) => {
    done.push(word);
    if (modem.helps === word) Object.assign(modem, { on: true, there: true });
  };
  const supply: PowerSupply = {
    hold: async () => void done.push('hold'),
    on: async () => help('on'),
    cycle: async (answers, over) => {
      help('cycle');
      done.push(`answers ${await answers(over)}`);
    },
    async [Symbol.asyncDispose]() {
      done.push('disposed');
    },
  };
  const play = (far: FarEnd) =>
    far.onData((bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      sent.push(text);
      if (text === '+++') modem.inData = false;
      if (modem.on && !modem.inData) far.write(Buffer.from('\r\nOK\r\n'));
    });
  const open = async () => {
    done.push('open');
    if (!modem.there) throw new ModemError('no such port', { code: 'line-unavailable', temporary: true });
    const { line, far } = memoryLine();
    play(far);
    return line;
  };
  const reviver = new Reviver({ supply, clock, log: silentLog });
  return { clock, modem, done, sent, reviver, open: () => run(clock, reviver.open(open, signal)) };
}

test('a modem that answers is left alone, its power held', async () => {
  const { open, done } = room({ on: true });
  await open();
  expect(done).toEqual(['hold', 'open']);
});

test('a silent modem is switched on; that helps, so nothing more is done', async () => {
  const { open, done } = room();
  await open();
  expect(done.filter((one) => one !== 'open')).toEqual(['hold', 'on']);
});

test('a modem that stays silent is cycled, once; then not again for ten minutes, however often it is opened', async () => {
  const { open, done, clock } = room({ helps: 'nothing' });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await open();
    await clock.advance(60_000);
  }
  expect(done.filter((one) => one === 'on' || one === 'cycle')).toEqual(['on', 'cycle']);
  await clock.advance(600_000);
  await open();
  expect(done.filter((one) => one === 'on' || one === 'cycle')).toEqual(['on', 'cycle', 'on', 'cycle']);
});

test('a port that is not there comes with the power: it is opened then', async () => {
  const { open, done, modem } = room({ there: false, helps: 'cycle' });
  const line = await open();
  expect(line.path).toBe('memory');
  expect(modem.on).toBe(true);
  expect(done.filter((one) => one !== 'open')).toEqual(['hold', 'on', 'cycle', 'answers true']);
});

test('with its power a USB modem brings a port of its own: that is opened, not the UART that was there before', async () => {
  const { clock, modem, reviver } = room();
  const opened: string[] = [];
  const line = await run(
    clock,
    reviver.open(async () => {
      const { line, far } = memoryLine(modem.on ? '/dev/ttyUSB2' : '/dev/serial0');
      opened.push(line.path);
      if (modem.on) far.onData(() => far.write(Buffer.from('\r\nOK\r\n')));
      return line;
    }, signal),
  );
  expect(opened[0]).toBe('/dev/serial0');
  expect(line.path).toBe('/dev/ttyUSB2');
});

test('a port that does not come: why it cannot be opened', async () => {
  const { open } = room({ there: false, helps: 'nothing' });
  await expect(open()).rejects.toMatchObject({ code: 'line-unavailable' });
});

test('a modem that was left in the middle of a data call is called back by +++ between pauses, not switched', async () => {
  const { open, done, sent } = room({ on: true, inData: true });
  await open();
  expect(sent).toContain('+++');
  expect(done).toEqual(['hold', 'open']);
});

test('the last rung of the ladder asks the line that is open', async () => {
  const { open, done, clock, reviver, modem } = room({ on: true });
  await open();
  await run(clock, reviver.power.cycle(signal));
  modem.on = false;
  await run(clock, reviver.power.cycle(signal));
  expect(done).toEqual(['hold', 'open', 'cycle', 'answers true', 'cycle', 'answers false']);
});

test('a supply that fails is no reason to give up: the line is there all the same', async () => {
  const { clock } = room();
  const no = () => Promise.reject(new ModemError('gpioset: no', { code: 'power-failed' }));
  const broken: PowerSupply = {
    hold: no,
    on: no,
    cycle: no,
    async [Symbol.asyncDispose]() {},
  };
  const reviver = new Reviver({ supply: broken, clock, log: silentLog });
  const line = await run(
    clock,
    reviver.open(async () => memoryLine('dead').line, signal),
  );
  expect(line.path).toBe('dead');
});
