import { describe, expect, test } from 'vitest';
import { cutEverywhere, WAYS } from '../mail/sync/situations/kill.ts';
import { OFFERS } from '../mail/sync/situations/run.ts';
import { SITUATIONS } from '../mail/sync/situations/table.ts';

describe.each(Object.entries(OFFERS))('%s', (_offers, offers) => {
  describe.each(WAYS)('%s at every place', (how) => {
    test.each(Object.keys(SITUATIONS))('%s', async (name) => {
      expect(await cutEverywhere(name, how, { offers })).toBeGreaterThan(0);
    });
  });
});
