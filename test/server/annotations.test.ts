import { expect, test } from 'vitest';
import { ENTRIES, readAnnotations, settingsEntries } from '../../src/server/annotations.ts';

test('R2 R10 R12 what a mailbox says is read back as it was written', () => {
  const entries = new Map([
    ...settingsEntries({ on: false, intervalSeconds: 90 }),
    [ENTRIES.device, 'pocket-1'],
  ]);
  const read = readAnnotations(entries);
  expect(read).toEqual({
    annotations: { device: 'pocket-1', on: false, intervalSeconds: 90 },
    problems: [],
  });
});

test('an entry that says nothing usable is as if absent, and named', () => {
  const { annotations, problems } = readAnnotations(
    new Map<string, string>([
      [ENTRIES.device, 'ringpost/#'],
      [ENTRIES.push, 'perhaps'],
      [ENTRIES.interval, '900d'],
    ]),
  );
  expect(annotations).toEqual({});
  expect(problems).toEqual([
    `${ENTRIES.device}: expected a device id, found "ringpost/#"`,
    `${ENTRIES.push}: expected on or off, found "perhaps"`,
    `${ENTRIES.interval}: expected a duration such as 90s, 10m, 2h, found "900d"`,
  ]);
});
