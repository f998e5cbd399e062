import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_UID, UidSet } from '../../src/mail/uid-set.ts';

const uids = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });

test('a set behaves as a set of numbers does', () => {
  fc.assert(
    fc.property(uids, uids, (left, right) => {
      const [a, b] = [UidSet.of(left), UidSet.of(right)];
      const sorted = (values: Iterable<number>) => [...new Set(values)].sort((x, y) => x - y);
      expect([...a.union(b)]).toEqual(sorted([...left, ...right]));
      expect([...a.intersect(b)]).toEqual(sorted(left.filter((uid) => right.includes(uid))));
      expect([...a.without(b)]).toEqual(sorted(left.filter((uid) => !right.includes(uid))));
      expect(a.size).toBe(new Set(left).size);
      expect([...UidSet.parse(a.toString())]).toEqual([...a]);
      for (let uid = 1; uid <= 61; uid += 1) expect(a.has(uid)).toBe(left.includes(uid));
    }),
  );
});

test('the text is the shortest sequence set', () => {
  expect(UidSet.of([3, 1, 2, 9, 7, 8, 5]).toString()).toBe('1:3,5,7:9');
  expect(UidSet.parse('9:7,2').toString()).toBe('2,7:9');
  expect(
    UidSet.range(1, MAX_UID)
      .without(UidSet.of([5]))
      .toString(),
  ).toBe('1:4,6:4294967295');
});

test.each(['0', '1:*', '1,,2', 'x', '1:2:3', '4294967296', ' 1'])('"%s" is refused', (text) => {
  expect(() => UidSet.parse(text)).toThrow(expect.objectContaining({ code: 'bad-uid-set' }));
});
