import { test } from 'vitest';
import { histories } from './situations/random.ts';
import { OFFERS } from './situations/run.ts';

test.each(Object.entries(OFFERS))(
  '%s: whatever happens on both sides, in the end both are the same',
  async (_name, offers) => {
    await histories(offers, 20);
  },
);
