import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { UidSet } from '../../src/mail/uid-set.ts';
import { anna, chunksOfText, mail, makeCertificate, runMailServer } from '../support/mail-server.ts';
import { need } from '../support/program.ts';
import { temporaryDirectory } from '../support/room.ts';

const run = promisify(execFile);

async function runWithTls() {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls });
  const directory = await temporaryDirectory();
  const certificate = join(directory, 'cert.pem');
  await writeFile(certificate, tls.cert);
  return { server, directory, certificate };
}

async function subjects(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => /^Subject: (.*?)\r?$/m.exec(text)?.[1] ?? '').sort();
}

test('mbsync keeps a Maildir in step with the server, both ways, and finds nothing to do the second time', async () => {
  await need('mbsync', 'isync');
  const { server, directory, certificate } = await runWithTls();
  const local = join(directory, 'mail');
  for (const folder of ['cur', 'new', 'tmp']) await mkdir(join(local, 'INBOX', folder), { recursive: true });
  const config = join(directory, 'mbsyncrc');
  await writeFile(
    config,
    [
      'IMAPAccount ringpost',
      'Host localhost',
      `Port ${server.imapPort}`,
      'User anna',
      `Pass ${anna.password}`,
      'SSLType IMAPS',
      `CertificateFile ${certificate}`,
      '',
      'IMAPStore far',
      'Account ringpost',
      '',
      'MaildirStore near',
      `Path ${local}/`,
      `Inbox ${local}/INBOX`,
      '',
      'Channel mail',
      'Far :far:',
      'Near :near:',
      'Patterns INBOX',
      'Create Both',
      'Expunge Both',
      `SyncState ${directory}/state-`,
      '',
    ].join('\n'),
  );
  const sync = () =>
    run('mbsync', ['-c', config, '-V', 'mail'], { env: { ...process.env, HOME: directory } });
  for (const subject of ['one', 'two', 'three']) {
    await server.store.deliver('anna', 'INBOX', chunksOfText(mail(subject)));
  }
  await sync();
  const fresh = join(local, 'INBOX', 'new');
  const current = join(local, 'INBOX', 'cur');
  expect(await subjects(fresh)).toEqual(['one', 'three', 'two']);

  // Changes on both sides: near reads "one", deletes "two" and writes a mail; far flags "three".
  for (const name of await readdir(fresh)) {
    const text = await readFile(join(fresh, name), 'utf8');
    const flags = text.includes('Subject: one') ? 'S' : text.includes('Subject: two') ? 'ST' : '';
    if (flags) await rename(join(fresh, name), join(current, `${name.split(':')[0]}:2,${flags}`));
  }
  await writeFile(join(current, '1.near.host:2,S'), mail('written near').replaceAll('\r\n', '\n'));
  const inbox = await server.store.mailbox('anna', 'INBOX');
  const three = inbox.messages[2]!;
  await inbox.setFlags({ uids: UidSet.of([three.uid]), mode: 'add', flags: ['\\Flagged'] });
  await sync();
  const flagsBySubject = async () => {
    const entries = [];
    for (const message of inbox.messages) {
      let text = '';
      for await (const chunk of inbox.read(message)) text += Buffer.from(chunk).toString();
      entries.push([/Subject: (.*)\r/.exec(text)?.[1], message.flags]);
    }
    return Object.fromEntries(entries);
  };
  expect(await flagsBySubject()).toEqual({
    one: ['\\Seen'],
    three: ['\\Flagged'],
    'written near': ['\\Seen'],
  });
  expect((await subjects(current)).concat(await subjects(fresh)).sort()).toEqual([
    'one',
    'three',
    'written near',
  ]);

  const before = { modseq: inbox.highestModseq, near: await readdir(current) };
  const { stdout, stderr } = await sync();
  expect(inbox.highestModseq).toBe(before.modseq);
  expect(await readdir(current)).toEqual(before.near);
  expect(stdout + stderr).not.toMatch(/error|warning/i);
});

test('curl sends over SMTP, lists, fetches and appends over IMAP', async () => {
  await need('curl', 'curl');
  const { server, directory, certificate } = await runWithTls();
  const message = join(directory, 'message');
  await writeFile(message, mail('sent by curl', 'Kilroy was here'));
  await run('curl', [
    ...['--silent', '--show-error', '--ssl-reqd', '--cacert', certificate],
    ...['--mail-from', 'bert@example.org', '--mail-rcpt', 'anna+curl@example.org', '--upload-file', message],
    `smtp://localhost:${server.smtpPort}`,
  ]);
  const curl = async (path: string, ...more: string[]) => {
    const login = ['--user', `anna:${anna.password}`, '--cacert', certificate];
    const url = `imaps://localhost:${server.imapPort}/${path}`;
    return (await run('curl', ['--silent', '--show-error', ...login, ...more, url])).stdout;
  };
  expect(await curl('')).toContain('* LIST (\\HasNoChildren) "/" INBOX');
  const fetched = await curl('INBOX;UID=1');
  expect(fetched).toMatch(/^Return-Path: <bert@example\.org>\r\nReceived: from .* with ESMTPS id /s);
  expect(fetched).toMatch(/Subject: sent by curl\r\n\r\nKilroy was here\r\n$/);
  expect(await curl('INBOX;UID=1;SECTION=TEXT')).toBe('Kilroy was here\r\n');
  await curl('INBOX', '--upload-file', message);
  expect(await curl('INBOX;UID=2')).toBe(mail('sent by curl', 'Kilroy was here'));
  expect(await curl('INBOX?SUBJECT%20curl')).toMatch(/^\* SEARCH 1 2\r?$/m);
  expect(await curl('INBOX', '--request', 'EXAMINE INBOX')).toContain('* 2 EXISTS');
});

test('swaks is told about an unknown recipient and delivers to a known one', async () => {
  await need('swaks', 'swaks');
  const { server } = await runWithTls();
  const swaks = (to: string) =>
    run('swaks', ['--server', `127.0.0.1:${server.smtpPort}`, '--from', 'x@example.net', '--to', to]);
  await swaks('anna@example.org');
  await expect(swaks('nobody@example.org')).rejects.toMatchObject({ stdout: expect.stringContaining('550') });
  expect((await server.store.mailbox('anna', 'INBOX')).messages).toHaveLength(1);
});

test('openssl resumes a TLS session at the IMAP port', async () => {
  await need('openssl', 'openssl');
  const { server, directory } = await runWithTls();
  const session = join(directory, 'session');
  const connect = (how: string) =>
    run('/bin/sh', [
      '-c',
      `(printf 'a NOOP\\r\\n'; sleep 1; printf 'b LOGOUT\\r\\n'; sleep 1) | openssl s_client -connect 127.0.0.1:${server.imapPort} ${how} ${session}`,
    ]);
  expect((await connect('-sess_out')).stdout).toMatch(/^New, TLSv1\.3/m);
  const resumed = (await connect('-sess_in')).stdout;
  expect(resumed).toMatch(/^Reused, TLSv1\.3/m);
  expect(resumed).toContain('a OK Nothing done');
});
