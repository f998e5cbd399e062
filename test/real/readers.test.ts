import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { CopyAtDovecot, imapClient, messagesAt } from '../support/copy-at-dovecot.ts';
import { dovecot } from '../support/dovecot.ts';
import { mutt } from '../support/mutt.ts';
import { temporaryDirectory } from '../support/room.ts';

async function start() {
  const server = await dovecot();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, directory: await temporaryDirectory() };
}

const FLAGS = [[], ['\\Seen'], ['\\Flagged'], [], ['\\Answered', '\\Seen'], []];

test('mutt shows mail and flags; what is read, flagged, deleted, filed and written there reaches the server', async () => {
  const { server, directory } = await start();
  const copy = new CopyAtDovecot(server, directory);
  await copy.fill(FLAGS);
  await copy.sync();
  const reader = await mutt(copy.root, directory);
  const index = await reader.shows(/Mail 6/);
  const lines = [...index.matchAll(/^(.*) (Mail \d)\s*$/gm)].map((match) => match.slice(1));
  // N: in `new`; O: unread in `cur`; r: answered; !: flagged; +: to the reader alone.
  expect(lines).toEqual([
    ['N +', 'Mail 1'],
    ['  +', 'Mail 2'],
    ['O !', 'Mail 3'],
    ['N +', 'Mail 4'],
    ['r +', 'Mail 5'],
    ['N +', 'Mail 6'],
  ]);

  await reader.keys('1', 'Enter', 'Enter');
  await reader.shows(/Text of mail 1\./);
  await reader.keys('q', '2', 'Enter', 'F', '3', 'Enter', 'd', '4', 'Enter', 's');
  await reader.shows(/Save to mailbox/);
  await reader.keys('C-u', '=.Archive', 'Enter', 'm');
  await reader.shows(/To:/);
  await reader.keys('bob@example.org', 'Enter');
  await reader.shows(/Subject:/);
  await reader.keys('Draft 1', 'Enter');
  await reader.shows(/y:Send/);
  await reader.keys('P');
  await reader.shows(/postponed/i);
  await reader.keys('q');
  await reader.ended();

  const results = await copy.sync();
  expect(results.find(({ mailbox }) => mailbox === 'Drafts')).toMatchObject({ appended: 1 });
  const expected = [
    'Archive Mail 4',
    'Drafts Draft 1',
    'INBOX Mail 1 \\Seen',
    'INBOX Mail 2 \\Flagged \\Seen',
    'INBOX Mail 5 \\Answered \\Seen',
    'INBOX Mail 6',
  ];
  expect(await copy.there()).toEqual(expected);
  for (const result of await copy.sync())
    expect(result).toMatchObject({ appended: 0, flagsTold: 0, fetched: 0 });
  expect(await copy.there()).toEqual(expected);
});

test('a Dovecot that serves the copy shows mail and flags; what its clients change reaches the server', async () => {
  const { server, directory } = await start();
  const reader = await dovecot();
  onTestFinished(() => reader[Symbol.asyncDispose]());
  const copy = new CopyAtDovecot(server, directory, reader.maildir);
  // Our files are the user's alone, and this Dovecot runs as another.
  const handOver = () =>
    promisify(execFile)('chown', ['-R', '--reference', `${reader.maildir}/..`, reader.maildir]);
  await copy.fill(FLAGS);
  await copy.sync();
  await handOver();
  expect(await messagesAt(reader)).toEqual(await copy.there());

  const client = await imapClient(reader);
  await client.mailboxOpen('INBOX');
  const the = async (number: number) => String((await client.search({ subject: `Mail ${number}` })) || '');
  await client.messageFlagsAdd(await the(1), ['\\Seen', '\\Answered']);
  await client.messageFlagsRemove(await the(3), ['\\Flagged']);
  expect(await client.messageMove(await the(4), 'Archive')).toBeTruthy();
  await client.messageCopy(await the(2), 'Archive');
  await client.messageDelete(await the(5));
  await client.append('Drafts', 'Subject: Draft 2\r\n\r\nHello\r\n', ['\\Draft']);
  await client.logout();
  await copy.sync();
  await handOver();
  expect(await copy.there()).toEqual([
    'Archive Mail 2 \\Seen',
    'Archive Mail 4',
    'Drafts Draft 2 \\Draft',
    'INBOX Mail 1 \\Answered \\Seen',
    'INBOX Mail 2 \\Seen',
    'INBOX Mail 3',
    'INBOX Mail 6',
  ]);
  expect(await messagesAt(reader)).toEqual(await copy.there());
  for (const result of await copy.sync())
    expect(result).toMatchObject({ appended: 0, flagsTold: 0, fetched: 0 });
  expect(await reader.log()).not.toMatch(/Error|Warning|corrupt/);
});
