import { expect, test } from 'vitest';
import { loadConfig, parseConfig } from '../../src/base/config.ts';
import { deviceConfig } from '../../src/cli/config/device.ts';
import { serverConfig } from '../../src/cli/config/server.ts';

test('the examples in fixtures/ are valid', async () => {
  const device = await loadConfig('fixtures/device.toml', deviceConfig);
  expect(device.budget.initial_download).toBe(5_000_000);
  const server = await loadConfig('fixtures/server.toml', serverConfig);
  expect(server.message_server?.interval).toBe(600);
});

test('a broken device configuration names every key and what was expected', () => {
  const broken =
    'device = "Pocket 1"\nmial = "/x"\n[session]\ndeadline = "soon"\n[trigger]\nkeys = []\ncallers = ["0151"]';
  const lines = [
    'device: expected a device id: 1 to 64 of a-z, 0-9 and -',
    'mail: expected a path in quotes',
    'mial: unknown key',
    'session.deadline: expected a duration such as "90s", "10m", "2h", found "soon"',
    'trigger.keys: expected at least one key',
    'trigger.callers.0: expected a telephone number in international form',
    'imap: expected a section [imap]',
  ];
  const attempt = () => parseConfig('device.toml', broken, deviceConfig);
  for (const line of lines) expect(attempt).toThrow(line);
});

test('the Outbox is no mailbox of the server', () => {
  const outbox = '[imap]\nmailboxes = ["INBOX", "Outbox"]\n[smtp]\nhost = "x"\nsent = "Outbox"';
  const attempt = () => parseConfig('device.toml', outbox, deviceConfig);
  for (const key of ['imap.mailboxes.1', 'smtp.sent'])
    expect(attempt).toThrow(`${key}: expected another mailbox than "Outbox"`);
});

test('a server needs one broker, embedded or elsewhere', () => {
  const both = '[broker]\n[mqtt]\nurl = "mqtt://x"\nuser = "a"\npassword = "b"';
  expect(() => parseConfig('server.toml', both, serverConfig)).toThrow('either [broker]');
  expect(() => parseConfig('server.toml', '', serverConfig)).toThrow(
    'at least one of [mail], [watch], [broker], [message_server]',
  );
});

test('two users with one address, LMTP twice, half an account at the smarthost: each is named', () => {
  const user = (name: string, address: string) =>
    `[[mail.users]]\nname = "${name}"\npassword = "x"\naddresses = ["${address}"]\n`;
  const text = (mail: string) =>
    `[broker]\n[mail]\n${mail}\n${user('ada', 'Ada+x@Example.org')}${user('bob', 'ada@example.org')}`;
  const attempt = () =>
    parseConfig('server.toml', text('lmtp_port = 1\nlmtp_socket = "/x"\npostmaster = "eve"'), serverConfig);
  for (const line of [
    'mail.users: ada and bob both have the address ada@example.org',
    'mail.lmtp_socket: expected lmtp_port or lmtp_socket, not both',
    'mail.postmaster: expected the name of one of [[mail.users]]',
  ])
    expect(attempt).toThrow(line);
  const smarthost = (more: string) => () =>
    parseConfig('server.toml', text(`[mail.smarthost]\nhost = "x"\n${more}`), serverConfig);
  expect(smarthost('user = "a"')).toThrow('mail.smarthost.password: expected user and password, or none');
  const bare = 'user = "a"\npassword = "b"\nsecurity = "none"';
  expect(smarthost(bare)).toThrow('mail.smarthost.security: a password goes over TLS only');
});
