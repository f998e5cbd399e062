import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../../src/base/clock.ts';
import { SimulatedClock } from '../../../../src/base/simulated-clock.ts';
import { makeCertificate } from '../../../support/mail-server.ts';
import { type Answer, type PlayedHttp, playHttp, reply } from '../../../support/played-http.ts';
import { temporaryDirectory } from '../../../support/room.ts';
import { CONTRACTS } from './contracts.ts';
import { gatewayAt, NUMBER, outcomeOf, TEXT } from './support.ts';

const { values } = CONTRACTS.vonage!;

/** A gateway by Vonage's description at a server that behaves so. */
async function vonageAt(url: string, more = '', clock?: Clock) {
  return gatewayAt({ provider: 'vonage', values, more: `base_url = "${url}"\n${more}` }, clock);
}

const ANSWERS: readonly [string, Answer, object][] = [
  ['200 and garbage', reply(200, '\u0000\ufffd{{{'), { code: 'not-sent', temporary: true, surely: false }],
  [
    '200 and a page',
    reply(200, '<html>Welcome!</html>'),
    { code: 'not-sent', temporary: true, surely: false },
  ],
  ['200 and nothing', reply(200, ''), { code: 'not-sent', temporary: true, surely: false }],
  ['200 and JSON of another kind', reply(200, [1]), { code: 'not-sent', temporary: true, surely: false }],
  [
    '200 and inherited names',
    reply(200, { messages: { __proto__: 0 } }),
    { code: 'not-sent', surely: false },
  ],
  ['204', reply(204, ''), { code: 'not-sent', temporary: true, surely: false }],
  [
    'success with an error status',
    reply(404, { messages: [{ status: '0' }] }),
    { code: 'refused', surely: true },
  ],
  ['an unknown status', reply(599, ''), { code: 'not-sent', temporary: true, surely: false }],
  [
    '10 MB',
    (response) => {
      response.writeHead(200).end('x'.repeat(10_000_000));
    },
    { code: 'too-long', temporary: true, surely: false },
  ],
  [
    'an end in the middle',
    (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"messages":', () => response.destroy());
    },
    { code: 'broken', temporary: true, surely: false },
  ],
  [
    'an end before the answer',
    (response) => response.destroy(),
    { code: 'broken', temporary: true, surely: false },
  ],
  [
    'no HTTP',
    (response) => {
      response.socket?.end('220 mail.example.org ESMTP\r\n');
    },
    { code: 'broken', temporary: true, surely: false },
  ],
  [
    'a header of 100 kB',
    (response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
    },
    { code: 'broken', temporary: true, surely: false },
  ],
];

test.each(ANSWERS)('a gateway that answers %s', async (_what, answer, expected) => {
  const server = await playHttp(answer);
  const { gateway } = await vonageAt(server.url);
  expect(await outcomeOf(gateway)).toMatchObject(expected);
});

test('no redirection is followed: the credentials go to no other host', async () => {
  const elsewhere = await playHttp(reply(200, { messages: [{ status: '0' }] }));
  for (const status of [301, 302, 303, 307, 308]) {
    const location = `${elsewhere.url}/sms/json?api_secret=x`;
    const server = await playHttp(reply(status, '', { location }));
    const { gateway } = await vonageAt(server.url);
    const error = await outcomeOf(gateway);
    expect(error).toMatchObject({ code: 'refused', temporary: false, surely: true });
    expect((error as Error).message).toContain(`to ${new URL(elsewhere.url).host}`);
    expect((error as Error).message).not.toContain('api_secret');
  }
  expect(elsewhere.received).toEqual([]);
});

test('a gateway that does not answer: the text may have left', async () => {
  const clock = new SimulatedClock();
  const server = await playHttp(() => void clock.advance(30_000));
  const { gateway } = await vonageAt(server.url, '', clock);
  const error = await outcomeOf(gateway);
  expect(error).toMatchObject({ code: 'deadline', temporary: true, surely: false });
  expect((error as Error).message).toContain('no answer within 30 s');
});

test('nobody listens: surely nothing left', async () => {
  const server = await raw(() => {});
  const url = server.url;
  await server.close();
  const { gateway } = await vonageAt(url);
  expect(await outcomeOf(gateway)).toMatchObject({ code: 'unreachable', temporary: true, surely: true });
});

test('TLS: a handshake that never ends, or breaks, or has a certificate of others', async () => {
  const clock = new SimulatedClock();
  const silent = await raw(() => void clock.advance(30_000));
  const slow = await vonageAt(silent.url.replace('http', 'https'), '', clock);
  expect(await outcomeOf(slow.gateway)).toMatchObject({ code: 'deadline', temporary: true, surely: true });

  const closing = await raw((socket) => socket.destroy());
  const gone = await vonageAt(closing.url.replace('http', 'https'));
  expect(await outcomeOf(gone.gateway)).toMatchObject({ temporary: true, surely: true });

  const certificate = await makeCertificate();
  const ca = join(await temporaryDirectory(), 'ca.pem');
  await writeFile(ca, certificate.cert);
  const server: PlayedHttp = await playHttp(reply(200, { messages: [{ status: '0' }] }), certificate);
  const foreign = await vonageAt(server.url);
  expect(await outcomeOf(foreign.gateway)).toMatchObject({ code: 'bad-tls', temporary: false, surely: true });
  expect(server.received).toEqual([]);
  const right = await vonageAt(server.url, `ca = "${ca}"`);
  expect(await outcomeOf(right.gateway)).toBe('taken');
});

test('TLS: the certificate of another host, from an authority that is trusted', async () => {
  const altNames = [{ type: 2, value: 'other.example.org' }] as const;
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'other.example.org' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [...altNames] }],
  });
  const ca = join(await temporaryDirectory(), 'ca.pem');
  await writeFile(ca, cert);
  const server = await playHttp(reply(200, { messages: [{ status: '0' }] }), { key, cert });
  const { gateway } = await vonageAt(server.url, `ca = "${ca}"`);
  const error = await outcomeOf(gateway);
  expect(error).toMatchObject({ code: 'bad-tls', temporary: false, surely: true });
  expect((error as Error).message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(server.received).toEqual([]);
});

test('what a gateway says back is shown without numbers, secrets and control characters, and short', async () => {
  const said = `${NUMBER} ${NUMBER.slice(1)} ${values.secret} ${TEXT} \u001b[2J\r\nfake log line ${'x'.repeat(1000)}`;
  const server = await playHttp(reply(200, { messages: [{ status: '4', 'error-text': said }] }));
  const { gateway } = await vonageAt(server.url);
  const error = (await outcomeOf(gateway)) as Error;
  for (const hidden of ['15112345678', values.secret!, TEXT, '\u001b', '\n'])
    expect(error.message).not.toContain(hidden);
  expect(error.message).toContain('fake log line');
  expect(error.message.length).toBeLessThan(400);
});

test.each([
  ['30', 30_000],
  ['999999', 3_600_000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ['-1', undefined],
])('Retry-After: %s', async (header, expected) => {
  const server = await playHttp(reply(429, '', { 'retry-after': header }));
  const { gateway } = await vonageAt(server.url);
  const { fields } = (await outcomeOf(gateway)) as { fields: { retryAfterMs?: number } };
  expect(fields.retryAfterMs).toBe(expected);
});

/** A TCP server below HTTP. */
async function raw(onSocket: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}`, close };
}
