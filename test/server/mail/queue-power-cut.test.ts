import { test } from 'vitest';
import { cutsWithBounce, cutsWithoutTrouble } from '../../support/queue-cuts.ts';

// Every place to cut at: test/long/queue-cuts.test.ts.
test('the power goes: what was accepted reaches all, and nobody here has it twice', () =>
  cutsWithoutTrouble(5));

test('the same when one is refused: the sender is told once, not twice, not never', () => cutsWithBounce(6));
