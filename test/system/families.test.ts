import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { BG96 } from '../../src/simulator/personalities/bg96.ts';
import { SARA_R4 } from '../../src/simulator/personalities/sara-r4.ts';
import { PERSONALITIES, type Personality } from '../../src/simulator/personalities.ts';
import { delivered, familySystem, SESSION } from '../support/family-system.ts';
import type { System } from '../support/system.ts';

/** The handheld's modem starts again by itself while the trigger is on its way. */
function resetsUnderway(system: System): void {
  const { network, simulated } = system.modems;
  const stop = network.onEvent(({ kind }) => {
    if (kind !== 'sms-submitted') return;
    stop();
    simulated.device.reset();
  });
}

const families = Object.values(PERSONALITIES);

test.each(families)(
  '$name: SMS, data session, request, sync, report; twice, with a reset between',
  async (personality: Personality) => {
    const { system, ppp } = await familySystem(personality);
    const log = () => system.logged('device');
    expect(log().find(({ msg }) => msg === 'the modem is ready')).toMatchObject({
      profile: personality.name,
    });
    expect(await delivered(system, 'First')).toEqual(['cmti', ...SESSION]);

    resetsUnderway(system);
    const from = system.serial.device.crossed.length;
    // No +CMTI: a modem that starts tells of no SMS; a sweep finds it.
    expect(await delivered(system, 'Second')).toEqual(SESSION);
    expect(log().map(({ msg }) => msg)).toContain('the modem has started again: making its settings anew');
    expect(system.serial.device.commands(from)).toEqual(expect.arrayContaining(['+CMEE', '+CNMI', '+CMGL']));

    expect(await system.mails()).toHaveLength(2);
    expect(system.modems.simulated.device.stored('SM')).toEqual([]);
    if (personality.sockets) expect(system.happened('connected').length).toBeGreaterThanOrEqual(2);
    else expect(ppp.calls.filter(({ heard }) => heard.includes('~hello~'))).toHaveLength(2);

    // It listens as before.
    const since = system.timeline.mark();
    system.modems.network.inject({ from: 'Shop', to: NUMBERS.device, text: 'Your parcel is here' });
    await system.timeline.expect('cmti', { since });
  },
);

test('a Quectel that tells its SMS elsewhere is told once to tell them here', async () => {
  const { system } = await familySystem(BG96);
  await delivered(system, 'Told here');
  const sent = system.serial.device.all('>');
  // Its firmware knows no "all": the port in use is named instead.
  expect(sent.split('AT+QURCCFG="urcport","all"\r')).toHaveLength(2);
  expect(sent.split('AT+QURCCFG="urcport","uart1"\r')).toHaveLength(2);
  await system.stopDevice();
  await system.startDevice();
  // The modem keeps it: it is asked, and not written again.
  expect(system.serial.device.all('>').split('AT+QURCCFG="urcport"\r')).toHaveLength(5);
  expect(system.serial.device.all('>').split('AT+QURCCFG="urcport","uart1"\r')).toHaveLength(2);
});

test('a modem that takes +++ for data: the call is over when the network ends it, and the next one comes up', async () => {
  const { system, ppp } = await familySystem(SARA_R4);
  for (const subject of ['One', 'Two'])
    expect(await delivered(system, subject)).toEqual(['cmti', ...SESSION]);
  expect(ppp.calls).toHaveLength(2);
  for (const { heard } of ppp.calls) expect(heard).toMatch(/~hello~.*~bye~(\+\+\+)+$/);
  expect(system.serial.device.all('<')).toContain('NO CARRIER');
  expect(system.serial.device.all('>')).not.toContain('ATH');
});
