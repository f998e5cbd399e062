import { expect, test } from 'vitest';
import { LinkError } from '../../../src/link/link.ts';
import { findingsOf, surgery } from './surgery.ts';

test.each([
  ['pppd-missing', /install\.sh.*ringpost-ppp\.socket/],
  ['pppd-setup', /apt install ppp.*install\.sh/],
])('a data session that fails of %s is mended on this machine, not at the operator', async (code, mend) => {
  const room = await surgery();
  const { openRadio } = room.patient;
  const openLink = () => Promise.reject(new LinkError('pppd cannot be run', { code }));
  room.patient = {
    ...room.patient,
    openRadio: async (signal) => ({ ...(await openRadio(signal)), openLink }),
  };
  const failed = (await findingsOf(room)).find(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject({ stage: 'data-session', code });
  expect(failed?.mend).toMatch(mend);
  expect(failed?.mend).not.toContain('\n');
});
