import { expect, test } from 'vitest';
import { madeTarget } from './installer.ts';

const THEIRS = { '/etc/ppp/peers/ringpost': 'theirs\n', '/etc/udev/rules.d/60-ringpost.rules': '# theirs\n' };

/** Every tool call up to the second file, then a sample. */
const CALLS = [...Array.from({ length: 16 }, (_, index) => index + 1), 44];

test.each([2, 4, 6, 7, 8, 10, 44])(
  'killed at call %i: the next run heals it, and uninstalling leaves what was there',
  async (call) => {
    const target = await madeTarget(THEIRS);
    const before = await target.tree();
    const whole = await madeTarget(THEIRS);
    await whole.install('--device');
    expect(await target.installKilledAt(call, '--device')).toMatchObject({ code: null });
    expect(await target.install('--device')).toMatchObject({ code: 0, err: '' });
    expect(withoutBook(await target.tree())).toEqual(withoutBook(await whole.tree()));
    await target.install('--uninstall');
    expect(await target.tree()).toEqual(before);
  },
);

test.each(CALLS)('killed at call %i and taken away at once: nothing of ours is left', async (call) => {
  const target = await madeTarget(THEIRS);
  const before = await target.tree();
  await target.installKilledAt(call, '--device');
  expect(await target.install('--uninstall')).toMatchObject({ code: 0, err: '' });
  expect(await target.tree()).toEqual(before);
});

test.each([1, 2, 3, 8, 33])('uninstalling killed at call %i: the next one ends it', async (call) => {
  const target = await madeTarget(THEIRS);
  const before = await target.tree();
  await target.install('--device');
  expect(await target.installKilledAt(call, '--uninstall')).toMatchObject({ code: null });
  expect(await target.install('--uninstall')).toMatchObject({ code: 0, err: '' });
  expect(await target.tree()).toEqual(before);
});

test('a line of the manifest that a power cut has torn spoils nothing', async () => {
  const target = await madeTarget();
  await target.write('/var/lib/ringpost-install/manifest', 'dir /etc\nfile /etc/ppp/pe');
  await target.install('--device');
  await target.install('--uninstall');
  expect(await target.tree()).toEqual({});
});

/** Order and doubles in the manifest do not matter. */
function withoutBook(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !name.includes('ringpost-install')));
}
