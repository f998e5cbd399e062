import fc from 'fast-check';
import { expect, test } from 'vitest';
import { having } from '../../../src/mail/sync/flags.ts';
import { reconcile } from '../../../src/mail/sync/local.ts';
import { advance, planNews, wanted } from '../../../src/mail/sync/plan.ts';
import { freshState, loadState, saveState, stateText } from '../../../src/mail/sync/state.ts';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { VolatileFiles } from '../../support/volatile-files.ts';

const FLAG = '\\Flagged';
const message = fc.record({
  agreed: fc.boolean(),
  local: fc.boolean(),
  server: fc.boolean(),
  told: fc.boolean(),
  vanished: fc.boolean(),
});
type Message = typeof message extends fc.Arbitrary<infer M> ? M : never;

/** UIDs (from 1) of the messages for which `is` holds. */
function those(messages: readonly Message[], is: (one: Message) => boolean): UidSet {
  return UidSet.of(messages.flatMap((one, index) => (is(one) ? [index + 1] : [])));
}

test('three-way, message by message: a local change stays owed, the rest follows the server', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (messages) => {
      const present = UidSet.range(1, messages.length);
      const agreed = new Map([[FLAG, those(messages, (one) => one.agreed)]]);
      const local = new Map([[FLAG, those(messages, (one) => one.local)]]);
      const start = {
        ...freshState('t'),
        uidvalidity: 1,
        uidnext: messages.length + 1,
        held: present,
        agreed,
      };
      const before = reconcile(start, { present, flags: local, fresh: [] });
      const plan = planNews(before, {
        updates: [...those(messages, (one) => one.told)].map((uid) => ({
          uid,
          flags: messages[uid - 1]?.server ? [FLAG, 'other'] : [],
        })),
        vanished: those(messages, (one) => one.vanished),
      });
      const { state } = plan;
      for (const [index, one] of messages.entries()) {
        const uid = index + 1;
        const kept = !one.vanished;
        const changedHere = one.local !== one.agreed;
        const known = one.told ? one.server : one.agreed;
        const pending = state.pending;
        expect(state.held.has(uid)).toBe(kept);
        expect(pending?.expunge.has(uid) ?? false).toBe(!kept);
        expect(having(state.agreed, FLAG).has(uid)).toBe(kept && known);
        expect(having(state.added, FLAG).has(uid)).toBe(kept && changedHere && one.local && !known);
        expect(having(state.cleared, FLAG).has(uid)).toBe(kept && changedHere && !one.local && known);
        const follows = kept && !changedHere && known !== one.local;
        expect(having(pending?.set ?? new Map(), FLAG).has(uid)).toBe(follows && known);
        expect(having(pending?.clear ?? new Map(), FLAG).has(uid)).toBe(follows && !known);
      }
      expect(plan.expunged).toBe(messages.filter((one) => one.vanished).length);
    }),
  );
});

test('what is wanted is the owed rest and the new, without what is here or was removed here', () => {
  const state = advance(
    {
      ...freshState('t'),
      uidnext: 5,
      held: UidSet.parse('1:2,6'),
      removed: UidSet.of([7]),
      owed: UidSet.of([3]),
    },
    9,
  );
  expect(state.owed.toString()).toBe('3,5,8');
  expect(wanted(state).toString()).toBe('3,5,8:4294967295');
  expect(advance(state, 4)).toBe(state);
});

test('a state is read as it was written', async () => {
  const files = new VolatileFiles();
  await files.makeDirectory('/m');
  const pending = {
    set: new Map([[FLAG, UidSet.of([1])]]),
    clear: new Map(),
    expunge: UidSet.of([2]),
    bases: ['b'],
  };
  const state = {
    ...freshState('tag-1'),
    uidvalidity: 7,
    modseq: 2n ** 62n,
    held: UidSet.parse('1:3,9'),
    agreed: new Map([['$Junk', UidSet.of([9])]]),
    pending,
    renumbered: [{ uidvalidity: 3, tag: 'tag-0', runs: [[1, 5, 2] as [number, number, number]] }],
    folders: { cur: 1.5, new: 2.25 },
  };
  await saveState('/m', stateText(state), files);
  expect(await loadState('/m', files)).toEqual(state);
});
