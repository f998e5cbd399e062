import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLog, silentLog } from '../../../src/base/log.ts';
import { settlable } from '../../../src/base/settlable.ts';
import type { Modem, RingOutcome } from '../../../src/modem/modem.ts';
import { modemGateway } from '../../../src/server/gateways/modem-gateway.ts';

const signal = new AbortController().signal;

/** The part of the Modem interface that a gateway uses; everything else throws. */
function modem(part: Pick<Modem, 'sendSms' | 'ring'>): Modem {
  return part as Modem;
}

test('texts and calls go out one after another: a modem does one thing at a time', async () => {
  const first = settlable();
  const order: string[] = [];
  const gateway = modemGateway(
    modem({
      sendSms: async (to, text) => {
        order.push(`${to} ${text}`);
        await first.promise;
        order.push('taken');
        return [1];
      },
      ring: async (number, ms) => {
        order.push(`${number} ${ms}`);
        return 'rang';
      },
    }),
    { log: silentLog },
  );
  const sending = gateway.sendSms?.('+49151', 'RP1', signal);
  const ringing = gateway.ring?.('+49152', signal);
  await Promise.resolve();
  first.resolve();
  await sending;
  expect(await ringing).toBe('rang');
  expect(order).toEqual(['+49151 RP1', 'taken', '+49152 15000']);
});

test('R8 an answered call is logged, for it costs money', async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const ring = async (): Promise<RingOutcome> => 'answered';
  const options = { log: createLog('info', destination), ringMs: 8000 };
  const gateway = modemGateway(modem({ sendSms: async () => [], ring }), options);
  expect(await gateway.ring?.('+4915112345678', signal)).toBe('answered');
  expect(lines.join('')).toMatch(/costs money/);
  expect(lines.join('')).not.toMatch(/15112345678/);
});

test('a failed text does not stop the next one, and an aborted one is not sent', async () => {
  const sent: string[] = [];
  const gateway = modemGateway(
    modem({
      sendSms: async (to) => {
        if (to === '+1') throw new Error('+CMS ERROR: 38');
        sent.push(to);
        return [1];
      },
      ring: async () => 'rang',
    }),
    { log: silentLog },
  );
  const aborted = AbortSignal.abort(new Error('stopped'));
  const outcomes = await Promise.allSettled([
    gateway.sendSms?.('+1', 'RP1', signal),
    gateway.sendSms?.('+2', 'RP1', aborted),
    gateway.sendSms?.('+3', 'RP1', signal),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(sent).toEqual(['+3']);
});
