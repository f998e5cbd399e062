import { expect } from 'vitest';
import { day } from './day.ts';

/** Runs a day and asserts what must hold of it, and that it was a day on which something happened. */
export async function expectGoodDay(devices: number, seed: number): Promise<void> {
  const { broken, forgotten, ended, ...counts } = await day(devices, seed);
  expect(broken).toEqual([]);
  expect(forgotten).toEqual([]);
  expect(ended).not.toHaveProperty('left over');
  expect(ended).toMatchObject({ 'in step': expect.any(Number), exhausted: expect.any(Number) });
  expect(ended['in step']).toBeGreaterThan(0.9 * devices);
  expect(counts.rung).toBeGreaterThan(devices);
  expect(counts.most).toBe(12);
  expect(counts.failures).toBeGreaterThan(devices / 10);
  expect(counts.beforeMidnight).toBeLessThanOrEqual(counts.capBeforeMidnight);
  expect(counts.beforeMidnight).toBeGreaterThan(0.9 * counts.capBeforeMidnight);
}
