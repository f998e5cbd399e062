import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import { serverConfig } from '../../src/cli/config/server.ts';
import { writeToml } from '../../src/cli/demo/parts.ts';
import { ringpost } from '../support/ringpost.ts';
import { temporaryDirectory } from '../support/room.ts';

const parse = (text: string) => parseConfig('server.toml', text, serverConfig);
const BROKER = '[broker]\n';

test('the [watch] of the example configuration is one, once it is no comment', async () => {
  const text = await readFile('fixtures/server.toml', 'utf8');
  const section = /^# \[watch\][\s\S]*?(?=^\[broker\])/m.exec(text)?.[0].replace(/^# ?/gm, '') ?? '';
  const { watch } = parse(`${section}${BROKER}`);
  expect(watch).toMatchObject({
    host: 'imap.example.org',
    idle: true,
    poll: 900,
    annotations: 300,
    mailboxes: [{ user: 'ada', mailboxes: ['INBOX'], device: 'pocket-1' }],
    push: { host: '127.0.0.1', port: 8425, path: '/dovecot', tls: false },
  });
});

const WATCH = '[watch]\nhost = "imap.example.org"\n';
const ADA = '[[watch.mailboxes]]\nuser = "ada"\n';
test.each([
  ['no mailboxes', WATCH, 'watch.mailboxes'],
  ['no password', WATCH + ADA, 'expected a password in each'],
  ['a user twice', `${WATCH}${`${ADA}password = "x"\n`.repeat(2)}`, 'expected each user once'],
  ['a mailbox twice', `${WATCH}${ADA}password = "x"\nmailboxes = ["A", "A"]\n`, 'expected each mailbox once'],
  ['no time at all', `${WATCH}poll = "0s"\n${ADA}password = "x"\n`, 'watch.poll'],
  ['no TLS', `${WATCH}security = "none"\n${ADA}password = "x"\n`, 'expected "tls" or "starttls"'],
  [
    'pushes without a password',
    `${WATCH}${ADA}password = "x"\n[watch.push]\nuser = "d"\n`,
    'watch.push.password',
  ],
  [
    'a colon in the user of pushes',
    `${WATCH}${ADA}password = "x"\n[watch.push]\nuser = "d:e"\npassword = "x"\n`,
    'without a colon',
  ],
])('a [watch] with %s is refused by name', (_, text, problem) => {
  expect(() => parse(BROKER + text)).toThrow(problem);
});

test('ringpost trigger: wrong words are wrong usage, and a server that is down is for later', async () => {
  const config = join(await temporaryDirectory(), 'server.toml');
  await writeToml(config, { socket: `${config}.sock`, broker: { port: 0 } });
  const trigger = (...words: string[]) => ringpost('trigger', '--config', config, ...words);
  const place = ['--uidvalidity', '1', '--uidnext', '2'];
  const ended = await Promise.all([
    trigger(),
    trigger('pocket-1', '--user', 'ada'),
    trigger('pocket-1'),
    trigger('--user', 'ada'),
    trigger('pocket-1', ...place),
  ]);
  expect(ended.map(({ code }) => code)).toEqual([2, 2, 2, 75, 75]);
});
