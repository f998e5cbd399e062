import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseProfile, loadProfile, type Profile, profileOnLine } from '../../src/modem/profile.ts';
import { BG96 } from '../../src/simulator/personalities/bg96.ts';
import { EC25 } from '../../src/simulator/personalities/ec25.ts';
import { PERSONALITIES, type Personality } from '../../src/simulator/personalities.ts';
import { ALICE, BOB, bench, type Terminal } from '../support/simulated-terminal.ts';

const HARDWARE = join(import.meta.dirname, '../../hardware/modems');
const FAMILIES = Object.values(PERSONALITIES);
const REFUSED = /\r\n(ERROR|\+CM[ES] ERROR: .*)\r\n$/;

test('every profile has a simulated modem of its name, and the other way round', async () => {
  const files = await readdir(HARDWARE);
  expect(Object.keys(PERSONALITIES).sort()).toEqual(files.map((file) => file.replace('.json', '')).sort());
});

/** Commands of the profile that the modem answers with an error. */
async function refused(terminal: Terminal, commands: readonly string[]): Promise<string[]> {
  const answers: [string, string][] = [];
  for (const command of commands) answers.push([command, await terminal.command(command)]);
  return answers.filter(([, answer]) => REFUSED.test(answer)).map(([command]) => command);
}

/** All settings of a profile; those of sleep last, for the modem may sleep then. */
function settingsOf({ init, settings, data, sleep }: Profile) {
  return [...init, ...settings, ...data.settings, ...(sleep?.leave ?? []), ...(sleep?.enter ?? [])];
}

describe.each(FAMILIES)('$name', (personality: Personality) => {
  const { name, voice = true } = personality;

  test('is driven by the profile of its name, which agrees on voice and sockets', async () => {
    const profile = await chooseProfile(personality.model);
    expect(profile.name).toBe(name);
    expect(profile.voice).toBe(voice);
    const dialects = { simcom: 'sim7600', sim800: 'sim800', quectel: 'quectel' } as const;
    expect(profile.sockets).toBe(personality.sockets ? dialects[personality.sockets] : null);
    expect(profile.sleep !== null).toBe(personality.sleep !== undefined);
  });

  test('refuses no setting of its profile that is not optional, and sleeps as it says', async () => {
    const profile = profileOnLine(await loadProfile(name), false);
    const { terminal } = await bench().modem({ personality });
    const needed = settingsOf(profile).filter(({ optional }) => !optional);
    const queries = needed.flatMap(({ query }) => query ?? []);
    const sleep = profile.sleep?.leave.map(({ set }) => set) ?? [];
    const wanted = [...queries, ...needed.map(({ set }) => set), ...sleep];
    expect(await refused(terminal, wanted)).toEqual([]);
  });

  test('is told how many PIN attempts are left by the first command of its profile', async () => {
    const [first = 'AT'] = (await loadProfile(name)).pinAttempts;
    const { terminal } = await bench().modem({ personality, pin: '1234' });
    await terminal.command('AT+CPIN="0000"');
    expect((await terminal.command(first)).match(/\d+/)?.[0]).toBe('2');
  });

  test('says what its profile takes for the sign of a reset', async () => {
    const profile = profileOnLine(await loadProfile(name), false);
    const room = bench();
    const { terminal, modem } = await room.modem({ personality });
    for (const { set } of settingsOf(profile).filter((entry) => !isSleep(entry.set)))
      await terminal.command(set);
    terminal.take();
    modem.reset();
    await room.clock.advance(2000);
    const said = terminal.take().split('\r\n');
    expect(said.some((line) => profile.resetMarkers.some((marker) => line.startsWith(marker)))).toBe(true);
  });

  test(`${voice ? 'rings' : 'never rings, and dials no call'}`, async () => {
    const room = bench();
    const { terminal } = await room.modem({ personality });
    const profile = profileOnLine(await loadProfile(name), false);
    for (const { set } of profile.settings) await terminal.command(set);
    const { terminal: caller } = await room.modem({ number: BOB });
    caller.type(`ATD${ALICE};\r`);
    if (voice) return expect(await terminal.until(/RING|\+CRING/)).toBeTruthy();
    await caller.until('NO CARRIER');
    expect(terminal.take()).not.toContain('RING');
    expect(await refused(terminal, [`ATD${BOB};`])).toEqual([`ATD${BOB};`]);
  });
});

const isSleep = (set: string) => /SCLK/.test(set);

test('a Quectel on USB says what it says to the port that was named, through resets', async () => {
  const { terminal, data, modem } = await bench().twoTtys({ personality: EC25 });
  modem.urc('+QIND: before');
  await data.until('+QIND: before');
  expect(terminal.take()).not.toContain('+QIND');
  await terminal.command('AT+QURCCFG="urcport","usbat"');
  modem.urc('+QIND: after');
  await terminal.until('+QIND: after');
  expect(data.take()).not.toContain('after');
  await terminal.command('AT+QURCCFG="urcport","all"');
  modem.reset();
  expect(await terminal.command('AT+QURCCFG="urcport"')).toContain('+QURCCFG: "urcport","all"');
  modem.urc('+QIND: both');
  await terminal.until('both');
  await data.until('both');
});

test('a Quectel on its UART says nothing there until it is told to', async () => {
  const { terminal, modem } = await bench().modem({ personality: BG96 });
  modem.urc('+QIND: nowhere');
  await terminal.command('AT+QURCCFG="urcport","uart1"');
  modem.urc('+QIND: here');
  expect(await terminal.until('here')).not.toContain('nowhere');
  expect(await terminal.command('AT+QURCCFG="urcport","uart9"')).toMatch(REFUSED);
});
