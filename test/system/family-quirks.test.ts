import { expect, test } from 'vitest';
import { BG96 } from '../../src/simulator/personalities/bg96.ts';
import { SARA_R4 } from '../../src/simulator/personalities/sara-r4.ts';
import { delivered, familySystem, SESSION } from '../support/family-system.ts';

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
