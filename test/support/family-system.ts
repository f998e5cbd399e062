import { loadProfile } from '../../src/modem/profile.ts';
import type { Personality } from '../../src/simulator/personalities.ts';
import { type PlayedPpp, playedPpp } from './played-ppp.ts';
import { quickClock } from './quick-clock.ts';
import { type System, type SystemOptions, startSystem } from './system.ts';

/** Pauses of the modem and of those who wait for it, such as those round +++, are so many times shorter. */
const TIMES = 10;
/** A network that ends a call by itself, later than the first +++. */
const NETWORK_ENDS_MS = 150;

/** The steps of the handheld from a trigger to the end of its session. */
export const SESSION = [
  'verified',
  'data-session',
  'request',
  'synchronised',
  'report',
  'closed',
  'swept',
] as const;

export interface FamilySystem {
  readonly system: System;
  readonly ppp: PlayedPpp;
}

/** The whole chain with modems of this family; data sessions over its sockets, where it has some, else over a data call. */
export async function familySystem(
  personality: Personality,
  options: SystemOptions = {},
): Promise<FamilySystem> {
  const { sockets } = await loadProfile(personality.name);
  const ppp = await playedPpp(personality.ignoresEscape ? { endsAfterMs: NETWORK_ENDS_MS } : {});
  const clock = quickClock(TIMES);
  const link = sockets ? ({ kind: 'sockets' } as const) : ppp.link;
  const system = await startSystem({
    deviceClock: clock,
    ...options,
    modem: { personality, clock, carrier: ppp.carrier, ...options.modem },
    device: (table) => ({ ...table, link }),
  });
  return { system, ppp };
}

/** Brings one mail from its sender to the handheld; resolves with the steps of the handheld. */
export async function delivered(system: System, subject: string): Promise<string[]> {
  const since = system.timeline.mark();
  await system.arrives(await system.send(subject));
  await system.sessionOver(since);
  const steps = system.timeline.steps.slice(since).filter(({ actor }) => actor === 'device');
  return steps.map(({ name }) => name);
}
