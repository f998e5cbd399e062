import { describe, expect, test } from 'vitest';
import { cutEverywhere, WAYS } from './situations/kill.ts';
import { SITUATIONS } from './situations/table.ts';

/** A sample; `npm run test:long` cuts at every place, against every kind of server. */
const STRIDE = 13;

describe.each(WAYS)('%s', (how) => {
  test.each(Object.keys(SITUATIONS).map((name, index) => [name, index % STRIDE] as const))(
    '%s: nothing is lost, doubled or undone',
    async (name, first) => {
      await cutEverywhere(name, how, { stride: STRIDE, first });
    },
  );
});

test('a synchronisation has places to cut at', async () => {
  for (const how of WAYS) expect(await cutEverywhere('filed here', how, {})).toBeGreaterThan(4);
});
