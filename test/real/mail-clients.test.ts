import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { expect, onTestFinished, test } from 'vitest';
import { ENTRIES } from '../../src/server/annotations.ts';
import { type MailProcess, mailProcess } from '../support/mail-process.ts';
import { anna, mail } from '../support/mail-server.ts';
import { muttWith } from '../support/mutt.ts';
import { need } from '../support/program.ts';

const run = promisify(execFile);

type AnnasServer = MailProcess & { readonly imapPort: number };

async function annasServer(): Promise<AnnasServer> {
  const { name, password, addresses, device } = anna;
  const users = [{ name, password, addresses: [...addresses], device }];
  const server = await mailProcess({ users, smtp_port: 0, imap_port: 0, imap_starttls_port: 0 });
  return { ...server, imapPort: server.port('IMAP \\(TLS\\) on') };
}

/** A client of another make, to see and to change what is at the server. */
async function imapflow(server: AnnasServer): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: 'localhost',
    port: server.imapPort,
    secure: true,
    tls: { ca: await readFile(server.ca, 'utf8') },
    auth: { user: anna.name, pass: anna.password },
    logger: false,
  });
  await client.connect();
  onTestFinished(() => client.close());
  return client;
}

/** Subjects in a mailbox of the server, with their flags, as somebody sees it who has just come. */
async function seen(server: AnnasServer, mailbox: string): Promise<Record<string, string[]>> {
  const client = await imapflow(server);
  await client.mailboxOpen(mailbox);
  const found: Record<string, string[]> = {};
  for await (const { envelope, flags } of client.fetch('1:*', { envelope: true, flags: true })) {
    found[envelope?.subject ?? ''] = [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
  }
  await client.logout();
  return found;
}

async function change(client: ImapFlow, mailbox: string, work: () => Promise<unknown>): Promise<void> {
  const lock = await client.getMailboxLock(mailbox);
  await work().finally(() => lock.release());
}

interface NearFile {
  readonly path: string;
  readonly base: string;
}

/** Files of a Maildir by the subject in them. */
async function near(maildir: string): Promise<Map<string, NearFile>> {
  const files = new Map<string, NearFile>();
  for (const folder of ['new', 'cur']) {
    for (const name of await readdir(join(maildir, folder)).catch(() => [])) {
      const path = join(maildir, folder, name);
      const subject = /^Subject: (.*?)\r?$/m.exec(await readFile(path, 'utf8'))?.[1] ?? '';
      files.set(subject, { path, base: name.split(/[,:]/)[0] ?? '' });
    }
  }
  return files;
}

async function mbsyncrc(server: AnnasServer, local: string): Promise<string> {
  const config = join(server.directory, 'mbsyncrc');
  const lines = [
    'IMAPAccount ringpost',
    'Host localhost',
    `Port ${server.imapPort}`,
    `User ${anna.name}`,
    `Pass ${anna.password}`,
    'SSLType IMAPS',
    `CertificateFile ${server.ca}`,
    '',
    'IMAPStore far',
    'Account ringpost',
    '',
    'MaildirStore near',
    `Path ${local}/`,
    `Inbox ${local}/INBOX`,
    'SubFolders Verbatim',
    '',
    'Channel mail',
    'Far :far:',
    'Near :near:',
    'Patterns *',
    'Create Both',
    'Expunge Both',
    `SyncState ${server.directory}/state-`,
    '',
  ];
  await writeFile(config, lines.join('\n'));
  return config;
}

test('mbsync with all mailboxes: made, flagged, deleted and moved on both sides; then two runs without anything to do', async () => {
  await need('mbsync', 'isync');
  const server = await annasServer();
  const local = join(server.directory, 'near');
  await mkdir(local);
  const config = await mbsyncrc(server, local);
  const env = { ...process.env, HOME: server.directory };
  const sync = () => run('mbsync', ['-c', config, '-V', 'mail'], { env });
  const at = (mailbox: string) => join(local, mailbox);
  const client = await imapflow(server);
  for (const subject of ['flag near', 'flag far', 'delete near', 'delete far', 'move near', 'move far']) {
    await client.append('INBOX', mail(subject));
  }
  await sync();
  expect([...(await near(at('INBOX'))).keys()].sort()).toHaveLength(6);
  expect((await readdir(local)).sort()).toEqual(['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']);

  const files = await near(at('INBOX'));
  const file = (subject: string) => files.get(subject) as NearFile;
  await rename(file('flag near').path, join(at('INBOX'), 'cur', `${file('flag near').base}:2,FS`));
  await rm(file('delete near').path);
  // A moved file gets a new name, as mail readers give it.
  await rename(file('move near').path, join(at('Archive'), 'cur', '1.moved.near:2,S'));
  await writeFile(join(at('Sent'), 'cur', '2.made.near:2,S'), mail('made near').replaceAll('\r\n', '\n'));
  await client.append('Drafts', mail('made far'), ['\\Draft']);
  await change(client, 'INBOX', async () => {
    await client.messageFlagsAdd({ subject: 'flag far' }, ['\\Answered']);
    await client.messageDelete({ subject: 'delete far' });
    await client.messageMove({ subject: 'move far' }, 'Archive');
  });
  await client.mailboxCreate('Work/Far');
  await sync();

  const wanted = {
    INBOX: { 'flag near': ['\\Flagged', '\\Seen'], 'flag far': ['\\Answered'] },
    Archive: { 'move near': ['\\Seen'], 'move far': [] },
    Sent: { 'made near': ['\\Seen'] },
    Drafts: { 'made far': ['\\Draft'] },
  };
  for (const [mailbox, messages] of Object.entries(wanted)) {
    expect(await seen(server, mailbox), mailbox).toEqual(messages);
    expect([...(await near(at(mailbox))).keys()].sort(), mailbox).toEqual(Object.keys(messages).sort());
  }
  expect(await readdir(at('Work/Far'))).toContain('cur');

  const status = async () => {
    const found = await client.list({ statusQuery: { highestModseq: true, uidNext: true } });
    return found.map(({ path, status }) => [path, status?.uidNext, status?.highestModseq]);
  };
  const before = await status();
  for (let again = 0; again < 2; again += 1) {
    const { stdout, stderr } = await sync();
    expect(stdout + stderr).not.toMatch(/error|warning/i);
  }
  expect(await status()).toEqual(before);
});

test('mutt over IMAP reads, flags, saves to another mailbox, deletes and postpones', async () => {
  const server = await annasServer();
  const client = await imapflow(server);
  for (const subject of ['a read', 'b flagged', 'c saved', 'd deleted'])
    await client.append('INBOX', mail(subject));
  const editor = join(server.directory, 'editor.sh');
  await writeFile(editor, '#!/bin/sh\necho "Written in mutt." >>"$1"\n', { mode: 0o755 });
  const settings = `
set folder="imaps://${anna.name}@localhost:${server.imapPort}/" spoolfile="+INBOX" imap_pass="${anna.password}"
set certificate_file="${server.ca}"
set postponed="+Drafts" record="+Sent" from="anna@example.org" realname="Anna" hostname="localhost"
set editor="${editor}" edit_headers=no autoedit=no abort_unmodified=no abort_nosubject=no
set confirmappend=no delete=yes move=no wait_key=no mark_old=no header_cache="" message_cachedir=""
set sort=subject index_format="%Z %s" postpone=yes
`;
  const reader = await muttWith(settings, server.directory);
  await reader.shows(/a read[\s\S]*b flagged[\s\S]*c saved[\s\S]*d deleted/);
  await reader.keys('Enter');
  await reader.shows(/Hello/);
  await reader.keys('i', 'j', 'F');
  await reader.shows(/! {0,2}b flagged/);
  await reader.keys('3', 'Enter', 's');
  await reader.shows(/Save to mailbox/);
  await reader.keys('C-u', '=Archive', 'Enter');
  await reader.shows(/D.* c saved/);
  await reader.keys('4', 'Enter', 'd');
  await reader.shows(/D.* d deleted/);
  await reader.keys('$');
  await expect.poll(() => seen(server, 'Archive'), { timeout: 20_000 }).toHaveProperty('c saved');
  await expect
    .poll(() => seen(server, 'INBOX'), { timeout: 20_000 })
    .toEqual({ 'a read': ['\\Seen'], 'b flagged': ['\\Flagged'] });
  await reader.keys('m');
  await reader.shows(/^To:/m);
  await reader.keys('bert@example.org', 'Enter');
  await reader.shows(/Subject:/);
  await reader.keys('e unfinished', 'Enter');
  await reader.shows(/y:Send/);
  await reader.keys('P');
  await expect
    .poll(() => seen(server, 'Drafts'), { timeout: 20_000 })
    .toMatchObject({ 'e unfinished': expect.arrayContaining(['\\Draft']) });
  await reader.keys('q');
  await reader.ended();
});

test('curl at both ports: special uses, status, METADATA, search, append', async () => {
  await need('curl', 'curl');
  const server = await annasServer();
  const message = join(server.directory, 'message');
  await writeFile(message, mail('by curl'));
  const curl = async (url: string, ...more: string[]) => {
    const login = ['--user', `${anna.name}:${anna.password}`, '--cacert', server.ca];
    return (await run('curl', ['--silent', '--show-error', '--ssl-reqd', ...login, ...more, url])).stdout;
  };
  const [implicit, starttls] = [
    `imaps://localhost:${server.imapPort}`,
    `imap://localhost:${server.port('IMAP \\(STARTTLS\\) on')}`,
  ];
  await curl(`${starttls}/Sent`, '-T', message);
  expect(await curl(`${implicit}/Sent;UID=1`)).toBe(mail('by curl'));
  expect(await curl(`${starttls}/Sent?SUBJECT%20curl`)).toMatch(/^\* SEARCH 1\r?$/m);
  // Of a command that it does not know curl shows the answers only when it is to tell everything.
  const told = async (url: string, command: string) => {
    const all = ['--verbose', '--user', `${anna.name}:${anna.password}`, '--cacert', server.ca];
    return (await run('curl', ['--ssl-reqd', ...all, '-X', command, url])).stderr.replaceAll('\r', '');
  };
  const uses = await told(`${implicit}/`, 'LIST (SPECIAL-USE) "" "*" RETURN (STATUS (MESSAGES SIZE))');
  expect(uses).toContain('< * LIST (\\HasNoChildren \\Sent) "/" Sent\n');
  expect(uses).toContain(`< * STATUS Sent (MESSAGES 1 SIZE ${mail('by curl').length})\n`);
  expect(uses.match(/^< \* LIST/gm)).toHaveLength(5);
  const device = await told(`${starttls}/`, `GETMETADATA INBOX (${ENTRIES.device})`);
  expect(device).toContain(`< * METADATA INBOX (${ENTRIES.device} "${anna.device}")\n`);
  await expect(curl(`${implicit}/`, '-X', `SETMETADATA INBOX (${ENTRIES.device} "else")`)).rejects.toThrow();
});
