import { expect, test } from 'vitest';
import { ModemError } from '../../../src/modem/errors.ts';
import { findingsOf, surgery } from './surgery.ts';

test('the port that was found is named, with by what', async () => {
  const room = await surgery();
  room.patient = { ...room.patient, portFound: 'the UART of the header (Raspberry Pi 4)' };
  const [port] = await findingsOf(room);
  expect(port).toMatchObject({ stage: 'port', outcome: 'passed' });
  expect(port?.text).toMatch(
    /^\/dev\/serial0 is there, .*; found by the UART of the header \(Raspberry Pi 4\)$/,
  );
});

test('nothing was found: the stage fails with what there is, and nothing after it is tried', async () => {
  const room = await surgery();
  const why = new ModemError('no modem port was found: USB ttys: none', { code: 'no-modem-port' });
  room.patient = { ...room.patient, port: 'auto', portFound: why };
  const [port, holder, , modem] = await findingsOf(room);
  expect(port).toMatchObject({ outcome: 'failed', code: 'no-port', text: why.message });
  expect(port?.mend).toMatch(/\[modem\] port in device.toml/);
  expect([holder?.outcome, modem?.outcome]).toEqual(['skipped', 'skipped']);
});
