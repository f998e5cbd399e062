import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadProfiles } from '../../src/modem/profile.ts';
import { udevRules } from './udev-rules.ts';

const FILE = join(import.meta.dirname, '../../hardware/udev/60-ringpost.rules');
const profiles = await loadProfiles();

test('the rules are what the profiles say of USB', async () => {
  expect(await readFile(FILE, 'utf8').catch(() => undefined)).toBeDefined();
  await expect(udevRules(profiles)).toMatchFileSnapshot(FILE);
});

test('each port of each profile has its name, and ModemManager keeps off it', async () => {
  const rules = (await readFile(FILE, 'utf8')).split('\n');
  for (const { usb, at, data } of profiles.flatMap(({ ports }) => ports)) {
    for (const id of usb) {
      const [vendor = '', product = ''] = id.split(':');
      const about = rules.filter((rule) => rule.includes(`"${vendor}"`) && rule.includes(`"${product}"`));
      expect(about.some((rule) => rule.includes('ID_MM_DEVICE_IGNORE'))).toBe(true);
      expect(linkAt(about, at)).toBe('modem-at');
      if (data !== null) expect(linkAt(about, data)).toBe('modem-ppp');
    }
  }
});

test('no two families want another name for the same port', () => {
  const links = udevRules(profiles).matchAll(/^(.*ID_USB_INTERFACE_NUM.*), SYMLINK\+="([^"]+)"/gm);
  const names = new Map<string, string>();
  for (const [, match = '', name = ''] of links) {
    expect(names.get(match) ?? name, match).toBe(name);
    names.set(match, name);
  }
});

/**
 * udev(7): `KEY{attribute} operator "value"`, separated by commas; matches and assignments have operators of their own. With
 * `!=`, a key that looks at the parents is true as soon as one parent differs, so it is not taken here.
 */
const TOKEN =
  /^(?:(?:(?:SUBSYSTEMS|ATTRS\{\w+\})==|(?:ACTION|SUBSYSTEM|KERNEL|ENV\{\w+\})(?:==|!=)|(?:SYMLINK|TAG)\+=|(?:GROUP|MODE|LABEL|GOTO|ENV\{\w+\}|IMPORT\{builtin\})=))"[^"]+"$/;

test('each rule is one that udev takes', async () => {
  const rules = (await readFile(FILE, 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
  for (const rule of rules) {
    for (const token of rule.split(', ')) expect(token, rule).toMatch(TOKEN);
  }
  const labels = rules.flatMap((rule) => /^LABEL="(\w+)"$/.exec(rule)?.[1] ?? []);
  expect(
    rules.flatMap((rule) => /GOTO="(\w+)"/.exec(rule)?.[1] ?? []).every((to) => labels.includes(to)),
  ).toBe(true);
});

function linkAt(rules: readonly string[], number: number): string | undefined {
  const wanted = `ID_USB_INTERFACE_NUM}=="${number.toString(16).padStart(2, '0')}"`;
  return /SYMLINK\+="([^"]+)"/.exec(rules.find((rule) => rule.includes(wanted)) ?? '')?.[1];
}
