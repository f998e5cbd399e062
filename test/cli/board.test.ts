import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { configuredReviver } from '../../src/cli/build/power.ts';
import { modem } from '../../src/cli/config/parts.ts';
import { madeRoot } from '../modem/ports/tree.ts';
import { playedGpio } from '../modem/power/played-gpio.ts';
import { quickClock } from '../support/quick-clock.ts';

const SIXFAB = { 'proc/device-tree/hat/product': 'Sixfab Base HAT\0' };

/** What the configuration makes of the board, with played tools of libgpiod. */
async function room(config: object, told: Readonly<Record<string, string>> = {}) {
  const played = await playedGpio(2);
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const root = await madeRoot([], told);
  const parts = { clock: quickClock(4), log, toolPath: played.path, root };
  const reviver = await configuredReviver(modem.parse({ port: '/dev/null', ...config }), parts);
  onTestFinished(() => reviver?.[Symbol.asyncDispose]());
  const recognised = lines.filter((line) => line.includes('was recognised'));
  return { reviver, played, recognised };
}

type Room = Awaited<ReturnType<typeof room>>;

/** Cycles the power until the tools were told so; the modem that would boot then is not there. */
async function cycledTo(told: string, { reviver, played }: Room) {
  const over = new AbortController();
  const cycled = reviver?.power.cycle(over.signal).catch(() => {});
  await expect.poll(() => played.done(), { timeout: 10_000 }).toContain(told);
  over.abort();
  await cycled;
  return played.done();
}

test('a board that is configured switches the modem by its lines', async () => {
  const made = await room({ board: 'sixfab-cellular-iot' }, SIXFAB);
  const done = await cycledTo('hold 17=1', made);
  expect(done.slice(0, 3)).toEqual(['hold 17=0', 'free 17', 'hold 17=1']);
  expect(made.recognised).toEqual([]);
});

test('a board that is recognised does so as well, and is named once', async () => {
  const made = await room({}, SIXFAB);
  await cycledTo('hold 26=1', made);
  expect(made.recognised).toEqual([expect.stringContaining('"board":"sixfab-base"')]);
});

test('a command that is configured goes before a board that is recognised', async () => {
  const { reviver, recognised } = await room({ power_command: '/bin/true' }, SIXFAB);
  expect(reviver).toBeDefined();
  expect(recognised).toEqual([]);
});

test('without a board nothing switches the modem', async () => {
  expect((await room({})).reviver).toBeUndefined();
});

test('a board that is not there is told with those that are', async () => {
  await expect(room({ board: 'waveshare' })).rejects.toThrow(/no board "waveshare"; .*waveshare-sim868/);
});
