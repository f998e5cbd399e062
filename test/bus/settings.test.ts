import { array, boolean, constantFrom, assert as holds, integer, oneof, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { changeSettings, initialSettings, mergeSettings, newerSettings } from '../../src/bus/settings.ts';
import type { Settings } from '../../src/bus/topics.ts';

const DEFAULT = { on: true, intervalSeconds: 300 };

/** One writer with what it knows of the other, and for the oracle: every change that it knows of. */
class Side {
  mine: Settings = initialSettings(DEFAULT);
  theirs: Settings | undefined;
  history = new Set<number>();
  /** What `mine` was said in knowledge of. */
  said = new Set<number>();

  get effective() {
    return mergeSettings(this.mine, this.theirs).effective;
  }

  change(change: { on?: boolean; intervalSeconds?: number }, id: number): void {
    this.mine = changeSettings(this.mine, this.theirs, change);
    this.history = new Set([...this.history, id]);
    this.said = new Set(this.history);
  }

  receive(document: Settings, history: Set<number>): void {
    this.theirs = newerSettings(this.theirs, document);
    this.mine = mergeSettings(this.mine, this.theirs).mine;
    this.history = new Set([...this.history, ...history]);
  }
}

function exchange(a: Side, b: Side): void {
  const [fromA, fromB] = [a.mine, b.mine];
  const [knownA, knownB] = [a.said, b.said];
  a.receive(fromB, knownB);
  b.receive(fromA, knownA);
}

const side = constantFrom('a' as const, 'b' as const);
const toggle = record({ kind: constantFrom('toggle' as const), side, on: boolean() });
const interval = record({
  kind: constantFrom('interval' as const),
  side,
  seconds: integer({ min: 0, max: 900 }),
});
/** A document on its way: taken now, delivered now, or an old one delivered late. */
const deliver = record({ kind: constantFrom('deliver' as const), side, late: boolean() });

interface Change {
  id: number;
  on: boolean | undefined;
  knew: Set<number>;
}

type Step =
  | { kind: 'toggle'; side: 'a' | 'b'; on: boolean }
  | { kind: 'interval'; side: 'a' | 'b'; seconds: number }
  | { kind: 'deliver'; side: 'a' | 'b'; late: boolean };

function play(steps: Step[]): { a: Side; b: Side; changes: Change[] } {
  const sides = { a: new Side(), b: new Side() };
  const sent = { a: [] as [Settings, Set<number>][], b: [] as [Settings, Set<number>][] };
  const changes: Change[] = [];
  for (const [id, step] of steps.entries()) {
    const one = sides[step.side];
    if (step.kind === 'deliver') {
      const receiver = sides[step.side === 'a' ? 'b' : 'a'];
      const [document, known] = (step.late && sent[step.side].at(-1)) || [one.mine, one.said];
      receiver.receive(document, known);
    } else {
      changes.push({ id, on: step.kind === 'toggle' ? step.on : undefined, knew: new Set(one.history) });
      sent[step.side].push([one.mine, one.said]);
      one.change(step.kind === 'toggle' ? { on: step.on } : { intervalSeconds: step.seconds }, id);
    }
  }
  exchange(sides.a, sides.b);
  return { ...sides, changes };
}

test('R10 R12 both sides come to the same settings in one exchange, whatever the order before', async () => {
  const steps = array(oneof(toggle, interval, deliver), { maxLength: 25 });
  await holds(
    property(steps, (taken) => {
      const { a, b } = play(taken);
      expect(a.effective).toEqual(b.effective);
      // A second exchange changes nothing: no ping-pong.
      const before = [a.mine, b.mine];
      exchange(a, b);
      exchange(a, b);
      expect([a.effective, b.effective]).toEqual([b.effective, a.effective]);
      expect([a.mine.revision, b.mine.revision]).toEqual(before.map((document) => document.revision));
    }),
    { numRuns: 500 },
  );
});

test('R10 off is never lost: only an on that knew of it replaces it', async () => {
  const steps = array(oneof(toggle, interval, deliver), { maxLength: 25 });
  await holds(
    property(steps, (taken) => {
      const { a, changes } = play(taken);
      const offs = changes.filter((change) => change.on === false);
      const answered = (off: Change) => changes.some((on) => on.on && on.knew.has(off.id));
      if (!offs.every(answered)) expect(a.effective.on).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('R10 with switches only, it is on exactly when each off was answered by an on that knew of it', async () => {
  await holds(
    property(array(oneof(toggle, deliver), { maxLength: 25 }), (taken) => {
      const { a, changes } = play(taken);
      const answered = (off: Change) => changes.some((on) => on.on && on.knew.has(off.id));
      expect(a.effective.on).toBe(changes.filter((change) => change.on === false).every(answered));
    }),
    { numRuns: 500 },
  );
});

test('R12 the later interval holds when its writer knew the other, the larger one when neither did', () => {
  const server = changeSettings(initialSettings(DEFAULT), undefined, { intervalSeconds: 600 });
  const knew = changeSettings(initialSettings(DEFAULT), server, { intervalSeconds: 60 });
  expect(mergeSettings(server, knew).effective.intervalSeconds).toBe(60);
  const unaware = changeSettings(initialSettings(DEFAULT), undefined, { intervalSeconds: 60 });
  expect(mergeSettings(server, unaware).effective.intervalSeconds).toBe(600);
});

test('R10 an off of a device that lost its state is not taken for an old document for ever', async () => {
  const before = { on: true, intervalSeconds: 300, revision: 7, seen: 2 };
  const server = { on: true, intervalSeconds: 300, revision: 3, seen: 7 };
  const device = changeSettings(initialSettings(DEFAULT), undefined, { on: false });
  expect(newerSettings(before, device)).toBe(before);
  // It hears the server's document, sees that it once said more, and says its off again.
  const again = mergeSettings(device, server).mine;
  expect(again).toEqual({ on: false, intervalSeconds: 300, revision: 8, seen: 3 });
  expect(mergeSettings(server, newerSettings(before, again)).effective.on).toBe(false);
});
