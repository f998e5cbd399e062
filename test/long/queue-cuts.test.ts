import { test } from 'vitest';
import { cutsWithBounce, cutsWithoutTrouble } from '../support/queue-cuts.ts';

test('the power goes at any operation: what was accepted reaches all, and nobody here has it twice', () =>
  cutsWithoutTrouble(1));

test('the same when one is refused: the sender is told once, not twice, not never', () => cutsWithBounce(1));
