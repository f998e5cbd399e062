import { expect, test } from 'vitest';
import { loadProfile } from '../../../src/modem/profile.ts';
import { SIM7600 } from '../../../src/simulator/personalities.ts';
import { run } from '../../modem/data/support.ts';
import { findingsOf, surgery } from './surgery.ts';

const DOZING = { setting: '+CSCLK', byDtr: undefined, byItself: 2, quietMs: 2500, wakeMs: 80 };

test('of a modem that the agent left asleep everything is well all the same', async () => {
  const room = await surgery({ personality: { ...SIM7600, sleep: DOZING } });
  const { sleep } = await loadProfile('sim800');
  room.patient = { ...room.patient, profile: { ...(await loadProfile('sim7600')), sleep } };
  const { openLine, openChannel } = room.patient;
  const channel = openChannel(await openLine(new AbortController().signal));
  await run(room.clock, channel.command('AT+CSCLK=2'));
  await channel[Symbol.asyncDispose]();
  await room.clock.advance(10_000);
  expect(room.modem.asleep).toBe(true);
  const findings = await findingsOf(room);
  expect(findings.find(({ outcome }) => outcome !== 'passed')).toMatchObject({ stage: 'names' });
});
