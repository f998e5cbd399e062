import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { configuredReviver } from '../../src/cli/build/power.ts';
import { modem } from '../../src/cli/config/parts.ts';
import { quickClock } from '../support/quick-clock.ts';

async function reviverOf(board: string) {
  const config = modem.parse({ port: '/dev/serial0', board });
  return configuredReviver(config, { clock: quickClock(4), log: silentLog });
}

test('a board of hardware/boards has its power switched; one whose power is not known has not', async () => {
  const reviver = await reviverOf('uconsole-4g');
  expect(reviver).toBeDefined();
  await reviver?.[Symbol.asyncDispose]();
  expect(await reviverOf('waveshare-a7670e')).toBeUndefined();
});

test('a board that there is not is told with those that there are', async () => {
  await expect(reviverOf('uconsole')).rejects.toThrow(/no board "uconsole"; there are: .*uconsole-4g/);
});
