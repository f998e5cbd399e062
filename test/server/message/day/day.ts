import { HOUR, MINUTE } from '../../../support/message-office.ts';
import { randomOf } from '../../../support/random.ts';
import { type Handheld, PATIENCE } from './handheld.ts';
import { START, World } from './world.ts';

export interface Day {
  readonly broken: readonly string[];
  readonly forgotten: readonly string[];
  /** How many devices ended the day how. */
  readonly ended: Readonly<Record<string, number>>;
  readonly rung: number;
  /** What left on the first day, and what the caps of both gateways come to. */
  readonly beforeMidnight: number;
  readonly capBeforeMidnight: number;
  readonly most: number;
  readonly calls: number;
  readonly failures: number;
  readonly sessions: number;
}

/** When the server process is killed, hours after the start; at midnight (6) it comes with higher caps. */
const KILLED = [1.5, 6.4, 11.2, 17.7];
const MIDNIGHT = START + 6 * HOUR;
/** New mail and the user's switching end then; what is left has the rest of the day. */
const QUIET = 19;

/** A day of so many devices: plans and troubles are the same for the same seed, the server's own jitter is not. */
export async function day(devices: number, seed: number): Promise<Day> {
  const world = new World(devices, randomOf(seed), isDown);
  for (const [index, handheld] of world.handhelds.entries()) plan(world, handheld, index);
  const cap = Math.ceil(devices * 0.25);
  await world.start(cap);
  const forgotten: string[] = [];
  let sessions = 0;
  for (let hour = 0.5; hour <= 24; hour += 0.5) {
    for (const kill of KILLED) {
      if (kill < hour - 0.5 || kill >= hour) continue;
      await world.run(kill);
      sessions += world.files.sessions;
      world.kill();
      await world.start(kill < 6 ? cap : 4 * devices);
    }
    await world.run(hour);
    forgotten.push(...missed(world));
  }
  sessions += world.files.sessions;
  world.kill();
  const rung = world.handhelds.map(({ rules }) => rules.rung.length);
  return {
    broken: world.handhelds.flatMap(({ rules }) => rules.broken),
    forgotten,
    ended: tally(world.handhelds.map((handheld) => end(world, handheld))),
    rung: sum(rung),
    beforeMidnight: sum(world.handhelds.map(({ rules }) => rules.rung.filter((at) => at < MIDNIGHT).length)),
    capBeforeMidnight: 2 * cap,
    most: Math.max(...rung),
    calls: world.calls,
    failures: world.failures,
    sessions,
  };
}

/** One gateway in the night, the other for an hour, and both in the morning. */
function isDown(gateway: string, hour: number): boolean {
  if (hour >= 14 && hour < 15) return true;
  return gateway === 'api' ? hour >= 8 && hour < 9.5 : hour >= 4 && hour < 5;
}

function plan(world: World, handheld: Handheld, index: number): void {
  const { random } = world;
  const time = (last: number) => START + random() * last * HOUR;
  const bursts = random() < 0.05 ? 12 : Math.floor(random() * 4);
  for (let burst = 0; burst < bursts; burst += 1) {
    let at = time(QUIET);
    for (let mails = 1 + Math.floor(random() ** 3 * 5); mails > 0; mails -= 1) {
      const count = random() < 0.9 ? 1 : 3;
      world.at(at, () => handheld.arrived(count));
      at += random() * 2 * MINUTE;
    }
  }
  const away = index % 8 === 0 ? 1 + random() * 9 : index % 41 === 0 ? 48 : 0;
  const from = time(12);
  handheld.away = [from, from + away * HOUR];
  if (away > 0)
    for (let hour = 3; hour < 24; hour += 4) world.at(START + hour * HOUR, () => handheld.session('poll'));
  if (index % 7 === 1) switches(world, handheld, time(10));
}

function switches(world: World, handheld: Handheld, from: number): void {
  const { random } = world;
  const where = random() < 0.5 ? 'device' : 'server';
  const interval = () => [0, 300, 1200, 3000][Math.floor(random() * 4)] ?? 0;
  const back = from + random() * 8 * HOUR;
  world.at(from, () => void handheld.switch(false, interval(), where));
  world.at(back, () => void handheld.switch(true, interval(), where));
}

/** Who waits longer than any rule makes it wait. */
function missed(world: World): string[] {
  const now = world.clock.now();
  // All gateways over their caps until midnight.
  if (world.hour < 6 + PATIENCE / HOUR) return [];
  return world.handhelds
    .filter((handheld) => !handheld.excuse(now, PATIENCE, world.phase(handheld.device)))
    .map(({ device }) => `${device} at ${new Date(now).toISOString()}`);
}

function end(world: World, handheld: Handheld): string {
  if (handheld.inStep) return 'in step';
  if (!handheld.rules.on) return 'off';
  const phase = world.phase(handheld.device);
  if (phase === 'exhausted' || phase === 'renewed') return 'exhausted';
  if (handheld.isAway(world.clock.now())) return 'out of reach';
  return handheld.rules.outOfBudget(world.clock.now()) ? 'out of budget' : 'left over';
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
