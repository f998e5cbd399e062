import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadProfile, loadProfiles } from '../../src/modem/profile.ts';
import { udevRules } from './udev-rules.ts';

const FILE = new URL('../../hardware/udev/60-ringpost.rules', import.meta.url).pathname;

/** udev(7): a key, perhaps of an attribute, an operator and a value in quotes. */
const PAIR = String.raw`[A-Z]+(?:\{[.\w]+\})?(?:==|!=|=|\+=)"[^"]*"`;
const LINE = new RegExp(`^${PAIR}(?:, ${PAIR})*$`);

test('the udev rules say what the profiles say', async () => {
  await expect(udevRules(await loadProfiles())).toMatchFileSnapshot(FILE);
});

test('each line has the syntax of udev, and each GOTO a label further down', async () => {
  const lines = (await readFile(FILE, 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) expect(line).toMatch(LINE);
  const label = lines.at(-1)!;
  for (const line of lines.filter((one) => one.includes('GOTO'))) {
    expect(label).toBe(line.replace(/^.*GOTO=/, 'LABEL='));
  }
});

test('an id that two families read differently gets no link, one that they read alike gets one', async () => {
  const [ours, theirs] = await Promise.all([loadProfile('sim7600'), loadProfile('a7670')]);
  const ports = [{ usb: ['1e0e:9001'], at: 10, data: null }];
  const differ = udevRules([ours, { ...theirs, ports }]);
  expect(differ).toContain('# 1e0e:9001: sim7600, a7670, which differ: no link');
  expect(differ).not.toContain('SYMLINK');
  const alike = udevRules([
    { ...ours, ports },
    { ...theirs, ports },
  ]);
  expect(alike.match(/SYMLINK/g)).toHaveLength(1);
  expect(alike).toContain('ATTRS{bInterfaceNumber}=="0a", SYMLINK+="modem-at"');
});
