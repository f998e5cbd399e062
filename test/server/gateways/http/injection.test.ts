import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { playHttp, reply } from '../../../support/played-http.ts';
import { temporaryDirectory } from '../../../support/room.ts';
import { gatewayAt, NUMBER, outcomeOf, TEXT } from './support.ts';

/** Values that would end the place they stand in, were they only put there. */
const EVIL = [
  'a&to=+4900000000&x=',
  'a"},"to":["+4900000000"],"y":{"z":"',
  "a'; drop",
  'a\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1',
  'a%26to=1%0d%0a',
  'a#b?c/../../d\\e',
  '{text}{number}{secret}',
  '$& $1 $` é €\u0000\u2028',
  '../../admin',
];

const VALUES = {
  who: { description: 'who sends' },
  secret: { description: 'a secret', secret: true },
};

/** A provider that has the value in every place. */
async function descriptionWith(body: unknown): Promise<string> {
  const file = join(await temporaryDirectory(), 'mine.json');
  const description = {
    name: 'mine',
    description: 'everywhere',
    values: VALUES,
    number: 'plus',
    request: {
      method: 'POST',
      path: '/send/{who}/end',
      query: { who: '{who}', both: '<{who}|{secret}>' },
      auth: { kind: 'query', parameters: { key: '{secret}' } },
      body,
    },
    reply: { kind: 'text', success: { status: [200] } },
    sources: ['this test'],
  };
  await writeFile(file, JSON.stringify(description));
  return file;
}

const FORM = { kind: 'form', fields: { to: '{number}', who: '{who}', text: '{text}' } };
const JSON_BODY = {
  kind: 'json',
  value: { to: ['{number}'], deep: { who: '<{who}>' }, text: '{text}', n: 1 },
};

test.each(EVIL)('%j stays one value in path, query and form', async (who) => {
  const server = await playHttp(reply(200, 'ok'));
  const written = { description: await descriptionWith(FORM), values: { who, secret: 'geheim' } };
  const { gateway } = await gatewayAt({ ...written, more: `base_url = "${server.url}/api"` });
  expect(await outcomeOf(gateway)).toBe('taken');
  const [got] = server.received;
  const [path, query] = got!.target.split('?');
  expect(path!.split('/')).toEqual(['', 'api', 'send', encodeURIComponent(who), 'end']);
  expect([...new URLSearchParams(query)]).toEqual([
    ['who', who],
    ['both', `<${who}|geheim>`],
    ['key', 'geheim'],
  ]);
  expect([...new URLSearchParams(got!.body)]).toEqual([
    ['to', NUMBER],
    ['who', who],
    ['text', TEXT],
  ]);
  expect(got!.headers).not.toHaveProperty('x-evil');
  expect(server.received).toHaveLength(1);
});

test.each(EVIL)('%j stays one value in JSON', async (who) => {
  const server = await playHttp(reply(200, 'ok'));
  const written = { description: await descriptionWith(JSON_BODY), values: { who, secret: 'geheim' } };
  const { gateway } = await gatewayAt({ ...written, more: `base_url = "${server.url}"` });
  expect(await outcomeOf(gateway)).toBe('taken');
  expect(JSON.parse(server.received[0]!.body)).toEqual({
    to: [NUMBER],
    deep: { who: `<${who}>` },
    text: TEXT,
    n: 1,
  });
});

test.each(['.', '..'])('a value %j that would step up in the path is not sent', async (who) => {
  const server = await playHttp(reply(200, 'ok'));
  const written = { description: await descriptionWith(FORM), values: { who, secret: 'geheim' } };
  const { gateway } = await gatewayAt({ ...written, more: `base_url = "${server.url}"` });
  expect(await outcomeOf(gateway)).toMatchObject({ code: 'not-allowed', surely: true });
  expect(server.received).toEqual([]);
});

test.each(['geheim', 'ge &im', 'g+h/m='])(
  'an error has nothing of a secret %j, as it is or encoded',
  async (secret) => {
    const server = await playHttp((response, { url }) => response.writeHead(500).end(`${url} ${secret}`));
    const written = { description: await descriptionWith(FORM), values: { who: 'x', secret } };
    const { gateway, logged } = await gatewayAt({ ...written, more: `base_url = "${server.url}"` });
    const error = await outcomeOf(gateway);
    const { message, stack, fields } = error as { message: string; stack: string; fields: object };
    const shown = JSON.stringify([message, stack, fields, error, logged]);
    for (const form of [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ s: secret }).toString().slice(2),
    ])
      expect(shown).not.toContain(form);
    expect(message).toContain('key=[secret]');
  },
);

test('an error has nothing of the Authorization header', async () => {
  const server = await playHttp((response, { headers }) =>
    response.writeHead(401).end(JSON.stringify({ message: `bad header: ${headers.authorization}` })),
  );
  const values = { username: 'sms', password: 'geheim' };
  const { gateway } = await gatewayAt({ provider: 'sms-gate', values, more: `base_url = "${server.url}"` });
  const { message } = (await outcomeOf(gateway)) as Error;
  expect(message).toContain('bad header: Basic [secret]');
});
