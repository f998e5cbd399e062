import { expect, test } from 'vitest';
import { PERSONALITIES } from '../../../src/simulator/personalities.ts';
import { findingsOf, surgery } from './surgery.ts';

test.each(Object.values(PERSONALITIES))(
  '$name is told by its profile, and examined as far as its SMS',
  async (personality) => {
    const room = await surgery({ personality });
    room.patient = { ...room.patient, profile: undefined };
    const findings = await findingsOf(room);
    const told = findings.find(({ stage }) => stage === 'modem')?.text;
    expect(told).toContain(`driven as ${personality.name}`);
    expect(told?.includes('it takes no voice calls')).toBe(personality.voice === false);
    for (const stage of ['pin', 'registration', 'signal', 'sms', 'sms-to-self'])
      expect(findings.find((one) => one.stage === stage)).toMatchObject({ outcome: 'passed' });
  },
);
