import { test } from 'vitest';
import { histories } from '../mail/sync/situations/random.ts';
import { OFFERS } from '../mail/sync/situations/run.ts';

/** For each kind of server; more than 2,000 in all. */
const RUNS = 500;

test.each(Object.entries(OFFERS))(
  '%s: whatever happens on both sides, in the end both are the same',
  async (_name, offers) => {
    await histories(offers, RUNS);
  },
);
