import { expect, test } from 'vitest';
import type { Extension } from '../../../src/server/mail/imap/options.ts';
import { anna, chunksOfText, mail, RawClient, runMailServer } from '../../support/mail-server.ts';

const login = `l LOGIN anna ${anna.password}\r\n`;

async function serverWith(count: number, extensions?: readonly Extension[]) {
  const limits = { failedLoginDelay: 5, maxMessage: 100_000 };
  const server = await runMailServer({ imap: { port: 0, limits, extensions } });
  for (let number = 1; number <= count; number += 1) {
    await server.store.deliver('anna', 'INBOX', chunksOfText(mail(`mail ${number}`)));
  }
  const inbox = await server.store.mailbox('anna', 'INBOX');
  return { server, inbox };
}

/** A client that has logged in and selected INBOX. */
async function selected(port: number, before = ''): Promise<RawClient> {
  const client = RawClient.plain(port);
  client.send(`${login}${before}s SELECT INBOX\r\n`);
  await client.until(/^s OK/m);
  return client;
}

async function ask(client: RawClient, text: string): Promise<string[]> {
  client.send(`t ${text}\r\n`);
  return (await client.until(/^t (OK|NO|BAD).*\r\n/m)).split('\r\n').slice(0, -1);
}

test('SELECT with QRESYNC tells exactly what changed since', async () => {
  const { server, inbox } = await serverWith(6);
  const first = await selected(server.imapPort, 'e ENABLE QRESYNC\r\n');
  const known = inbox.highestModseq;
  await ask(first, 'UID STORE 2 +FLAGS.SILENT (\\Seen $Junk)');
  await ask(first, 'UID STORE 3,5 +FLAGS.SILENT (\\Deleted)');
  expect(await ask(first, 'UID EXPUNGE 3,5')).toEqual([
    '* VANISHED 3,5',
    `t OK [HIGHESTMODSEQ ${inbox.highestModseq}] Expunged`,
  ]);
  await server.store.deliver('anna', 'INBOX', chunksOfText(mail('mail 7')));

  const again = RawClient.plain(server.imapPort);
  const resync = (rest: string) =>
    `${login}e ENABLE QRESYNC\r\ns SELECT INBOX (QRESYNC (${rest}))\r\nx LOGOUT\r\n`;
  again.send(resync(`${inbox.uidvalidity} ${known} 1:6`));
  const lines = (await again.end()).split('\r\n');
  expect(lines).toContain('* VANISHED (EARLIER) 3,5');
  const flagged = inbox.get(2)!;
  expect(lines.filter((line) => line.includes('FETCH'))).toEqual([
    `* 2 FETCH (UID 2 FLAGS ($Junk \\Seen) MODSEQ (${flagged.modseq}))`,
  ]);
  expect(lines).toContain(`* OK [HIGHESTMODSEQ ${inbox.highestModseq}] Highest`);

  const stranger = RawClient.plain(server.imapPort);
  stranger.send(resync(`${inbox.uidvalidity + 1} ${known} 1:6`));
  expect(await stranger.end()).not.toMatch(/VANISHED|FETCH/);

  const asking = await selected(server.imapPort, 'e ENABLE QRESYNC\r\n');
  expect(await ask(asking, `UID FETCH 1:100 (FLAGS) (CHANGEDSINCE ${known} VANISHED)`)).toEqual([
    '* VANISHED (EARLIER) 3,5',
    expect.stringMatching(/^\* 2 FETCH \(UID 2 /),
    expect.stringMatching(/^\* 5 FETCH \(UID 7 /),
    't OK Fetched',
  ]);

  // No change since: nothing but the state of the mailbox.
  const inStep = RawClient.plain(server.imapPort);
  inStep.send(resync(`${inbox.uidvalidity} ${inbox.highestModseq}`));
  expect(await inStep.end()).not.toMatch(/VANISHED|FETCH/);
});

test('without QRESYNC expunges are told by number, and never in an answer to FETCH or STORE by number', async () => {
  const { server, inbox } = await serverWith(5);
  const [one, other] = [await selected(server.imapPort), await selected(server.imapPort)];
  await ask(one, 'STORE 2,4 +FLAGS.SILENT (\\Deleted)');
  expect(await ask(one, 'EXPUNGE')).toEqual(['* 4 EXPUNGE', '* 2 EXPUNGE', 't OK Expunged']);
  const fetched = await ask(other, 'FETCH 1:5 (UID)');
  expect(fetched.filter((line) => line.includes('EXPUNGE') && line.startsWith('*'))).toEqual([]);
  expect(fetched).toContain('* 5 FETCH (UID 5)');
  expect(fetched.at(-1)).toBe('t NO [EXPUNGEISSUED] Some of them are expunged');
  expect(await ask(other, 'FETCH 1,3 (UID)')).toEqual([
    '* 1 FETCH (UID 1)',
    '* 3 FETCH (UID 3)',
    't OK Fetched',
  ]);
  expect(await ask(other, 'STORE 1 +FLAGS.SILENT (\\Seen)')).toEqual(['t OK Stored']);
  expect(await ask(other, 'SEARCH UID 3')).toEqual(['* SEARCH 3', 't OK Searched']);
  expect(await ask(other, 'NOOP')).toEqual(['* 4 EXPUNGE', '* 2 EXPUNGE', 't OK Nothing done']);
  expect(await ask(other, 'FETCH 3 (UID)')).toEqual(['* 3 FETCH (UID 5)', 't OK Fetched']);
  expect(inbox.uids().toString()).toBe('1,3,5');
});

test('a flag that one session stores is told to the other, and not twice to the first', async () => {
  const { server } = await serverWith(2);
  const [one, other] = [
    await selected(server.imapPort),
    await selected(server.imapPort, 'e ENABLE CONDSTORE\r\n'),
  ];
  expect(await ask(one, 'STORE 2 +FLAGS (\\Flagged)')).toEqual([
    expect.stringMatching(/^\* 2 FETCH \(FLAGS \(\\Flagged( \\Recent)?\)\)$/),
    't OK Stored',
  ]);
  expect(await ask(one, 'NOOP')).toEqual(['t OK Nothing done']);
  expect(await ask(other, 'NOOP')).toEqual(['* 2 FETCH (FLAGS (\\Flagged) MODSEQ (4))', 't OK Nothing done']);
});

test('UNCHANGEDSINCE leaves messages alone that changed meanwhile, and names them', async () => {
  const { server, inbox } = await serverWith(3);
  const client = await selected(server.imapPort);
  const before = inbox.highestModseq;
  await ask(client, 'UID STORE 2 +FLAGS.SILENT (\\Flagged)');
  const answer = await ask(client, `UID STORE 1:3 (UNCHANGEDSINCE ${before}) +FLAGS.SILENT (\\Seen)`);
  expect(answer.at(-1)).toBe('t OK [MODIFIED 2] Some were changed meanwhile');
  expect(answer).toHaveLength(3);
  expect(inbox.messages.map(({ flags }) => flags.join(' '))).toEqual(['\\Seen', '\\Flagged', '\\Seen']);
  const changed = await ask(client, `UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${before + 1})`);
  expect(
    changed.filter((line) => line.includes('FETCH (')).map((line) => /UID (\d)/.exec(line)?.[1]),
  ).toEqual(['1', '3']);
});

test('IDLE tells new mail and expunges as they happen', async () => {
  const { server, inbox } = await serverWith(1);
  const client = await selected(server.imapPort, 'e ENABLE QRESYNC\r\n');
  client.send('i IDLE\r\n');
  await client.until(/^\+ idling\r\n/m);
  await server.store.deliver('anna', 'INBOX', chunksOfText(mail('new')));
  expect(await client.until(/RECENT\r\n/)).toBe('* 2 EXISTS\r\n* 2 RECENT\r\n');
  await inbox.expunge(inbox.uids(), { deletedOnly: false });
  expect(await client.until(/VANISHED.*\r\n/)).toBe('* VANISHED 1:2\r\n');
  client.send('DONE\r\nn NOOP\r\n');
  expect(await client.until(/^n OK/m)).toMatch(/^i OK Idled\r\nn OK/);
});

test('COMPRESS: its OK is the last plain line, everything after is compressed both ways', async () => {
  const { server } = await serverWith(1);
  const client = RawClient.plain(server.imapPort);
  client.send(`${login}s SELECT INBOX\r\nc COMPRESS DEFLATE\r\n`);
  expect(await client.until(/^c OK.*\r\n$/m)).toMatch(/\* 1 EXISTS/);
  client.compress();
  client.send('f UID FETCH 1 (BODY.PEEK[])\r\nn NOOP\r\n');
  const answer = await client.until(/^n OK/m);
  expect(answer).toContain('Subject: mail 1\r\n');
  client.send('c COMPRESS DEFLATE\r\n');
  expect(await client.until(/^c .*\r\n/m)).toBe('c NO [COMPRESSIONACTIVE] Compressed already\r\n');
  client.send('x LOGOUT\r\n');
  expect(await client.end()).toMatch(/^x OK/m);
});

test('literals: waited for, not waited for, too large, and larger than one write', async () => {
  const { server, inbox } = await serverWith(0);
  const client = await selected(server.imapPort);
  const text = mail('appended', 'x'.repeat(60_000));
  client.send(`a APPEND INBOX (\\Seen) "05-Feb-2020 10:00:00 +0100" {${text.length}}\r\n`);
  await client.until(/^\+ Go on\r\n/m);
  client.send(text.slice(0, 30_000));
  client.send(`${text.slice(30_000)}\r\n`);
  expect(await client.until(/^a OK.*\r\n/m)).toBe(
    `* 1 EXISTS\r\n* 1 RECENT\r\na OK [APPENDUID ${inbox.uidvalidity} 1] Stored\r\n`,
  );
  expect(inbox.get(1)).toMatchObject({
    size: text.length,
    flags: ['\\Seen'],
    internalDate: Date.UTC(2020, 1, 5, 9),
  });
  client.send('b APPEND INBOX {100001}\r\n');
  expect(await client.until(/^b .*\r\n/m)).toBe('b NO [TOOBIG] More than 100000 bytes\r\n');
  client.send(`c APPEND INBOX {100001+}\r\n${'y'.repeat(100_001)}\r\nd NOOP\r\n`);
  expect(await client.until(/^d .*\r\n/m)).toBe(
    'c NO [TOOBIG] More than 100000 bytes\r\nd OK Nothing done\r\n',
  );
  client.send(`e APPEND Nowhere {3+}\r\nabc\r\nf STATUS {5+}\r\nINBOX (MESSAGES)\r\n`);
  expect(await client.until(/^f .*\r\n/m)).toBe(
    'e NO [TRYCREATE] There is no mailbox Nowhere\r\n* STATUS INBOX (MESSAGES 1)\r\nf OK Told\r\n',
  );
});

test('what is switched off is neither offered nor taken', async () => {
  const { server } = await serverWith(1, []);
  const client = await selected(server.imapPort);
  const [capability] = await ask(client, 'CAPABILITY');
  expect(capability).not.toMatch(/QRESYNC|CONDSTORE|COMPRESS|UIDPLUS|LITERAL|SASL/);
  for (const command of [
    'COMPRESS DEFLATE',
    'UID EXPUNGE 1',
    'UID FETCH 1 (MODSEQ)',
    'SELECT INBOX (CONDSTORE)',
  ]) {
    expect((await ask(client, command)).at(-1)).toMatch(/^t BAD/);
  }
});

test('COPY and MOVE tell the new UIDs; a failed one changes nothing', async () => {
  const { server, inbox } = await serverWith(3);
  const client = await selected(server.imapPort);
  expect((await ask(client, 'COPY 1 Archive')).at(-1)).toBe('t NO [TRYCREATE] There is no mailbox Archive');
  await ask(client, 'CREATE Archive/2026');
  const archive = await server.store.mailbox('anna', 'Archive');
  await ask(client, 'STORE 1 +FLAGS (\\Answered $Work)');
  expect(await ask(client, 'UID COPY 1,3 Archive')).toEqual([
    `t OK [COPYUID ${archive.uidvalidity} 1,3 1:2] Copied`,
  ]);
  expect(archive.messages.map(({ flags }) => flags)).toEqual([['$Work', '\\Answered'], []]);
  expect(archive.get(1)?.internalDate).toBe(inbox.get(1)?.internalDate);
  expect(await ask(client, 'MOVE 2 Archive')).toEqual([
    `* OK [COPYUID ${archive.uidvalidity} 2 3] Moved`,
    '* 2 EXPUNGE',
    't OK Moved',
  ]);
  expect(await ask(client, 'LIST "" "*"')).toEqual([
    '* LIST (\\HasNoChildren) "/" INBOX',
    '* LIST (\\HasChildren \\Archive) "/" Archive',
    '* LIST (\\HasNoChildren) "/" Archive/2026',
    't OK Listed',
  ]);
  expect((await ask(client, 'LIST "" "%"')).length).toBe(3);
  expect((await ask(client, 'DELETE Archive')).at(-1)).toMatch(/^t NO \[HASCHILDREN\]/);
  await ask(client, 'RENAME Archive &AMQ-rchiv');
  expect(await server.store.account('anna').then((account) => account.names())).toEqual([
    'INBOX',
    'Ärchiv',
    'Ärchiv/2026',
  ]);
});

test('nonsense is answered BAD and does no harm; twenty times in a row ends it', async () => {
  const { server } = await serverWith(1);
  const client = await selected(server.imapPort);
  expect(await ask(client, 'FETCH 9 (FLAGS)')).toEqual([expect.stringMatching(/^t BAD/)]);
  expect(await ask(client, 'UID FETCH 1 (BODY[1.HEADER.FIELDS])')).toEqual([expect.stringMatching(/^t BAD/)]);
  client.send(`n NOOP ${'x'.repeat(70_000)}\r\nm NOOP\r\n`);
  expect(await client.until(/^m OK/m)).toMatch(/^\* BAD .*longer than 65536 bytes\r\nm OK/);
  client.send('no good at all ((\r\n'.repeat(20));
  expect(await client.end()).toMatch(/\* BYE Too many commands/);
});
