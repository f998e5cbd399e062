import { expect, test } from 'vitest';
import { answering } from './cases.ts';
import { MODEM_CASES } from './modem-cases.ts';
import { PI_CASES } from './pi-cases.ts';
import { findingsOf, surgery } from './surgery.ts';

test.each([...PI_CASES, ...MODEM_CASES])(
  '$fault: stage $stage, $code',
  async ({ stage, code, mend, setup, sick }) => {
    const room = await surgery(setup);
    sick?.(room);
    const findings = await findingsOf(room);
    const first = findings.find(({ outcome }) => outcome === 'failed');
    expect(first).toMatchObject({ stage, code });
    expect(first?.mend).toMatch(mend);
    expect(first?.mend).not.toContain('\n');
  },
);

test('of a healthy handheld everything is well until the servers, which this room has none of', async () => {
  const room = await surgery();
  const findings = await findingsOf(room);
  expect(findings.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
    'port passed',
    'holder passed',
    'uart passed',
    'modem passed',
    'sim passed',
    'pin passed',
    'registration passed',
    'signal passed',
    'sms passed',
    'sms-to-self passed',
    'data-session passed',
    'names failed',
    'tls skipped',
    'mqtt skipped',
    'imap skipped',
  ]);
  expect(findings[1]?.text).toBe('nobody else');
});

test('a modem that no profile knows gets the generic one, and a line that says how to write its own', async () => {
  const room = await surgery(answering({ '+CGMM': ['ACME-9000'] }));
  room.patient = { ...room.patient, profile: undefined };
  const findings = await findingsOf(room);
  expect(findings.find(({ stage }) => stage === 'modem')?.text).toBe(
    'ACME-9000, driven as generic: no profile knows it; hardware/README.md says how to write one',
  );
});
