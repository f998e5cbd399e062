import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hashPassword } from '../../src/server/mail/password-hash.ts';
import { type MailProcess, mailProcess } from '../support/mail-process.ts';
import { mailsIn } from '../support/on-disk.ts';
import { need } from '../support/program.ts';
import { temporaryDirectory } from '../support/room.ts';

const run = promisify(execFile);

const anna = async () => ({
  name: 'anna',
  password: await hashPassword('secret'),
  addresses: ['anna@example.org'],
});
const bert = { name: 'bert', password: 'hush', addresses: ['bert@example.org'] };
const relayUser = { name: 'relay', password: 'between us', addresses: ['*@example.org'] };
const carl = { name: 'carl', password: 'x', addresses: ['carl@elsewhere.example'] };

/** Two servers: one for example.org, and the smarthost that it uses, which knows carl. */
async function twoServers() {
  await need('swaks', 'swaks');
  const far = await mailProcess({
    domain: 'elsewhere.example',
    smtp_port: 0,
    imap_port: 0,
    submission_port: 0,
    users: [relayUser, carl],
  });
  const near = await mailProcess({
    domain: 'example.org',
    smtp_port: 0,
    imap_port: 0,
    submission_port: 0,
    submissions_port: 0,
    lmtp_port: 0,
    smarthost: {
      host: 'localhost',
      port: far.port('submission on'),
      user: 'relay',
      password: 'between us',
      ca: far.ca,
    },
    users: [await anna(), bert],
  });
  return { near, far };
}

const inbox = ({ state }: MailProcess, user: string) => mailsIn(join(state, 'mail', user));

function swaks(port: number, ...words: string[]) {
  return run('swaks', ['--server', `localhost:${port}`, '--timeout', '60', ...words]);
}

const AS_ANNA = ['--auth-user', 'anna', '--from', 'anna@example.org'];

test('swaks brings mail with and without TLS, and nothing is relayed', async () => {
  const { near } = await twoServers();
  const port = near.port('SMTP on');
  await swaks(port, '--to', 'anna@example.org', '--from', 'x@example.net');
  await swaks(port, '--to', 'postmaster', '--from', '<>', '--tls', '--tls-verify', '--tls-ca-path', near.ca);
  const mails = await inbox(near, 'anna');
  expect(mails.map((mail) => /with (\w+) id/.exec(String(mail))?.[1]).sort()).toEqual(['ESMTP', 'ESMTPS']);
  await expect(swaks(port, '--to', 'carl@elsewhere.example')).rejects.toMatchObject({
    stdout: expect.stringMatching(/^<\*\* 550 /m),
  });
  await expect(
    swaks(port, '--to', 'anna@example.org', ...AS_ANNA, '--auth-password', 'secret'),
  ).rejects.toMatchObject({
    code: 28,
  });
});

test('swaks submits with a password, on both ports, to somebody here and through a smarthost', async () => {
  const { near, far } = await twoServers();
  const to = ['--to', 'bert@example.org,carl@elsewhere.example'];
  const verify = ['--tls-verify', '--tls-ca-path', near.ca];
  const secret = [...AS_ANNA, '--auth-password', 'secret', ...verify];
  await swaks(near.port('submission on'), ...to, ...secret, '--tls', '--auth', 'LOGIN');
  await swaks(near.port('submission on', ' .TLS'), ...to, ...secret, '--tlsc', '--auth', 'PLAIN');
  await expect.poll(() => inbox(far, 'carl'), { timeout: 30_000 }).toHaveLength(2);
  expect(await inbox(near, 'bert')).toHaveLength(2);
  for (const mail of await inbox(far, 'carl')) {
    expect(String(mail)).toMatch(/by example\.org with ESMTPSA id [\s\S]*^Subject: test/m);
    expect(String(mail)).toMatch(/by elsewhere\.example with ESMTPSA id/);
  }
  await expect.poll(() => readdir(join(near.state, 'queue'))).toEqual([]);
  await swaks(near.port('submission on'), '--to', 'nobody@elsewhere.example', ...secret, '--tls');
  await expect.poll(() => inbox(near, 'anna'), { timeout: 30_000 }).toHaveLength(1);
  expect(String((await inbox(near, 'anna'))[0])).toMatch(/^Diagnostic-Code: smtp; 550 .*No such user here/m);
});

test('swaks is refused: a wrong password, no password, no TLS, another sender', async () => {
  const { near } = await twoServers();
  const port = near.port('submission on');
  const to = ['--to', 'bert@example.org'];
  const refused = async (code: string, ...words: string[]) =>
    expect(swaks(port, ...to, ...words)).rejects.toMatchObject({
      stdout: expect.stringMatching(new RegExp(`^<[~*]\\* ${code} `, 'm')),
    });
  await refused('535', '--tls', ...AS_ANNA, '--auth-password', 'guess');
  await refused('530', '--tls', '--from', 'anna@example.org');
  await refused('530', '--from', 'anna@example.org');
  await refused('550', '--tls', ...AS_ANNA, '--auth-password', 'secret', '--from', 'bert@example.org');
  expect(await inbox(near, 'bert')).toEqual([]);
});

test('swaks speaks LMTP: a reply for each recipient', async () => {
  const { near } = await twoServers();
  const port = near.port('LMTP on');
  const to = ['--to', 'anna@example.org,bert@example.org', '--from', 'x@example.net'];
  const { stdout } = await swaks(port, '--protocol', 'LMTP', ...to);
  expect(stdout.match(/^<- {2}250 OK: stored as/gm)?.length).toBeGreaterThanOrEqual(1);
  expect(await inbox(near, 'anna')).toHaveLength(1);
  expect(await inbox(near, 'bert')).toHaveLength(1);
});

test('curl submits by smtp with STARTTLS and by smtps', async () => {
  await need('curl', 'curl');
  const { near, far } = await twoServers();
  const message = join(await temporaryDirectory(), 'message');
  await writeFile(message, 'From: anna@example.org\r\nSubject: curl\r\n\r\n.dot\r\n');
  const common = [
    '--silent',
    '--show-error',
    '--cacert',
    near.ca,
    '--user',
    'anna:secret',
    '--upload-file',
    message,
  ];
  const envelope = ['--mail-from', 'anna@example.org', '--mail-rcpt', 'carl@elsewhere.example'];
  await run('curl', [...common, ...envelope, '--ssl-reqd', `smtp://localhost:${near.port('submission on')}`]);
  await run('curl', [...common, ...envelope, `smtps://localhost:${near.port('submission on', ' .TLS')}`]);
  await expect.poll(() => inbox(far, 'carl'), { timeout: 30_000 }).toHaveLength(2);
  for (const mail of await inbox(far, 'carl')) {
    expect(String(mail)).toMatch(
      /^Message-ID: <.*@example\.org>\r\nFrom: .*\r\nSubject: curl\r\n\r\n\.dot\r\n$/m,
    );
  }
});
