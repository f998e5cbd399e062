import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/base/config.ts';
import { serverConfig } from '../../src/cli/config/server.ts';
import { CONTRACTS } from '../server/gateways/http/contracts.ts';
import { serverToml, type Written } from '../server/gateways/http/support.ts';
import { temporaryDirectory } from '../support/room.ts';

const twilio = CONTRACTS.twilio!.values;
const hologram = { provider: 'hologram', values: { api_key: 'k' } };
const recipients = { '+4915112345678': '1' };
const kannel = { provider: 'kannel', values: CONTRACTS.kannel!.values };

/** The lines about the gateway, without where it stands in the file. */
function problems(written: Written): string[] {
  try {
    parseConfig('/etc/ringpost/server.toml', serverToml(written), serverConfig);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain('/etc/ringpost/server.toml');
    return (error as ConfigError).issues.map(
      ({ key, problem }) => `${key.replace('message_server.gateways.0.', '')}: ${problem}`,
    );
  }
}

test.each(Object.entries(CONTRACTS))('%s as its contract has it', (provider, contract) => {
  const more = provider === 'kannel' ? 'base_url = "http://127.0.0.1:13013"' : '';
  const { values, recipients: named = {} } = contract;
  expect(problems({ provider, values, recipients: named, more })).toEqual([]);
});

test('all that is wrong is told at once, with its key', () => {
  const values = { account: 'AC1', token: 7, form: '+1' };
  const more = 'base_url = "http://example.org/"';
  expect(problems({ provider: 'twilio', values, recipients, more })).toEqual([
    'values.form: unknown; twilio has: account, user, token, from, messaging_service',
    expect.stringMatching(/^values\.account: expected the account SID.*, as AC\[0-9a-fA-F\]\{32\}$/),
    expect.stringMatching(/^values\.user: expected the SID of an API key/),
    'values.token: expected the auth token, or the secret of the API key, in quotes',
    'values: expected one of from, messaging_service',
    'recipients: twilio takes telephone numbers as they are',
    'base_url: expected https://, or insecure = true: the credentials would be readable on the way',
  ]);
});

const TABLE: readonly [string, Written, string][] = [
  ['neither', {}, 'provider: expected either a provider or a description'],
  [
    'both',
    { provider: 'twilio', description: '/x' },
    'provider: expected either a provider or a description',
  ],
  ['unknown', { provider: '../twilio' }, 'there is no provider "../twilio"; there are: hologram, kannel,'],
  ['no file', { description: '/nowhere/mine.json' }, 'description: /nowhere/mine.json:'],
  ['missing', { provider: 'vonage' }, 'values.secret: expected the API secret of the account, in quotes'],
  ['empty', { ...kannel, values: { username: '', password: 'x' } }, 'values.username: expected'],
  [
    'a host by a value',
    { provider: 'sinch', values: { ...CONTRACTS.sinch!.values, region: 'evil.org/' } },
    'values.region: expected the region',
  ],
  [
    'a line end',
    { provider: 'sinch', values: { ...CONTRACTS.sinch!.values, token: 'a\r\nX: y' } },
    'values.token: expected',
  ],
  [
    'a colon',
    { provider: 'sms-gate', values: { username: 'a:b', password: 'x' } },
    'values.username: expected the username that the app shows, in quotes, without a colon',
  ],
  ['no base', kannel, 'base_url: expected the URL of the gateway'],
  ['no URL', { ...kannel, more: 'base_url = "smsbox:13013/x"' }, 'base_url: expected https:// or http://'],
  [
    'a password in it',
    { ...kannel, more: 'base_url = "https://a:b@x"' },
    'base_url: expected a URL without user',
  ],
  [
    'a query in it',
    { ...kannel, more: 'base_url = "https://x/?a=b"' },
    'base_url: expected a URL without user',
  ],
  [
    'public',
    { ...kannel, more: 'base_url = "http://192.169.0.1"' },
    'base_url: expected https://, or insecure = true',
  ],
  [
    'a name',
    { ...kannel, more: 'base_url = "http://smsbox.example.org"' },
    'base_url: expected https://, or',
  ],
  ['no recipients', hologram, 'recipients: expected what hologram calls each device'],
  [
    'no id',
    { ...hologram, recipients: { '+4915112345678': 'x' } },
    'recipients.+4915112345678: expected a whole number',
  ],
  ['unknown key', { ...hologram, recipients, more: 'user = "x"' }, 'user: unknown key'],
  ['a bad deadline', { ...hologram, recipients, more: 'deadline = "soon"' }, 'deadline: expected a duration'],
];

test.each(TABLE)('%s', (_what, written, expected) => {
  expect(problems(written).join('\n')).toContain(expected);
});

test.each([
  'http://localhost:13013',
  'http://10.1.2.3',
  'http://172.31.0.1',
  'http://192.168.1.2:8080',
  'http://[::1]:1',
  'http://[fd00::1]',
  'https://smsbox.example.org/kannel/',
])('%s needs no leave', (url) => {
  expect(problems({ ...kannel, more: `base_url = "${url}"` })).toEqual([]);
});

test('with leave, http:// goes anywhere', () => {
  expect(problems({ ...kannel, more: 'base_url = "http://smsbox.lan"\ninsecure = true' })).toEqual([]);
});

test('secrets of the configuration are in no error', () => {
  const values = { ...twilio, token: 'geheim', from: 7 };
  expect(problems({ provider: 'twilio', values }).join()).not.toContain('geheim');
});

test('an own description is checked, with file and key', async () => {
  const file = join(await temporaryDirectory(), 'mine.json');
  const description = {
    name: 'mine',
    description: 'x',
    values: {},
    number: 'plus',
    request: { method: 'POST', base: 'https://example.org', path: '/{who}', headers: { a: 'b{' } },
    reply: { kind: 'json', success: { status: [200], when: [{ path: 'a', matches: '(' }] } },
    sources: [],
  };
  await writeFile(file, JSON.stringify(description));
  const told = problems({ description: file }).join('\n');
  for (const part of [
    file,
    'request.headers.a: expected {name}',
    'when.0.matches: expected a regular',
    'sources',
  ])
    expect(told).toContain(part);
  await writeFile(
    file,
    JSON.stringify({
      ...description,
      sources: ['x'],
      request: { ...description.request, headers: {} },
      reply: { kind: 'json', success: { status: [200] } },
    }),
  );
  expect(problems({ description: file }).join()).toContain('request: {who} is not among the values');
});
