import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { silentLog } from '../../../../src/base/log.ts';
import type { SmsGateway } from '../../../../src/server/gateways/gateway.ts';
import { contact } from '../../../../src/server/message/address-book.ts';
import { sendTrigger } from '../../../../src/server/message/second-trigger.ts';
import { type Answer, playHttp, reply } from '../../../support/played-http.ts';
import { CONTRACTS } from './contracts.ts';
import { gatewayAt, NUMBER, TEXT } from './support.ts';

const { values } = CONTRACTS.vonage!;
const trigger = {
  contact: contact.parse({ device: 'cabin-1', number: NUMBER, key: { id: 1, secret: 'a5'.repeat(32) } }),
  kind: 'sms' as const,
  text: TEXT,
};

async function send(gateways: readonly SmsGateway[]) {
  const means = { gateways, clock: systemClock, wanted: () => true, deadlineMs: 60_000, log: silentLog };
  return sendTrigger(trigger, means, new AbortController().signal);
}

async function answering(answer: Answer): Promise<SmsGateway> {
  const server = await playHttp(answer);
  return (await gatewayAt({ provider: 'vonage', values, more: `base_url = "${server.url}"` })).gateway;
}

const taken = reply(200, { messages: [{ status: '0', 'message-id': 'x' }] });
const noCredit = reply(200, { messages: [{ status: '9', 'error-text': 'Quota Exceeded' }] });
const broken: Answer = (response) => response.destroy();
const garbage = reply(200, '<html>');

test.each([
  ['has no credit', noCredit],
  ['breaks', broken],
  ['lies', garbage],
  ['throttles', reply(429, '')],
  ['fails', reply(500, '')],
  ['points elsewhere', reply(302, '', { location: 'http://127.0.0.1:1/' })],
])('after a gateway that %s comes the next one', async (_what, answer) => {
  const first = await answering(answer);
  const second: SmsGateway = { ...(await answering(taken)), name: 'second' };
  expect(await send([first, second])).toMatchObject({ sent: true, gateway: 'second' });
});

test('surely nothing left only when every gateway is sure of it', async () => {
  expect(await send([await answering(noCredit)])).toMatchObject({ sent: false, surely: true });
  for (const unsure of [broken, garbage, reply(500, '')]) {
    const result = await send([await answering(unsure), await answering(noCredit)]);
    expect(result).toMatchObject({ sent: false, surely: false });
  }
});
