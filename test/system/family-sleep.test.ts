import { expect, test } from 'vitest';
import { PERSONALITIES } from '../../src/simulator/personalities.ts';
import { delivered, familySystem, SESSION } from '../support/family-system.ts';

const sleepers = Object.values(PERSONALITIES).filter(({ sleep }) => sleep);

test.each(sleepers)(
  '$name sleeps between sessions, mail wakes it, and it sleeps again',
  async (personality) => {
    const { system } = await familySystem(personality, { dtr: true });
    const { device } = system.modems.simulated;
    await system.until(() => expect(device.asleep).toBe(true));
    expect(await delivered(system, 'Wakes it')).toEqual(['cmti', ...SESSION]);
    await system.until(() => expect(device.asleep).toBe(true));
  },
);
