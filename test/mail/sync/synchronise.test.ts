import { expect, test } from 'vitest';
import { saveState, stateText } from '../../../src/mail/sync/state.ts';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { VolatileFiles } from '../../support/volatile-files.ts';
import { mail, ROOT, SyncRoom } from './sync-room.ts';

async function roomWith(count: number): Promise<SyncRoom> {
  const room = new SyncRoom();
  for (let index = 1; index <= count; index += 1) room.inbox.add(mail(`m${index}`));
  await room.sync();
  room.server.forgetLog();
  return room;
}

test('the first synchronisation lists, then downloads all of it', async () => {
  const room = new SyncRoom();
  room.inbox.add(mail('a'), ['\\Seen', 'work']);
  room.inbox.add('bare\nline ends\r and NUL \0');
  room.inbox.add(mail('c'), ['\\Flagged', '$Forwarded']);
  const result = await room.sync();
  expect(result).toMatchObject({ result: 'ok', fetched: 3, reached: { uidvalidity: 1000, uidnext: 4 } });
  expect(result.fetchedBytes).toBe(room.inbox.messages.reduce((sum, one) => sum + one.content.length, 0));
  expect(await room.copy()).toEqual(room.serverCopy());
  expect(room.server.log).toEqual([
    '|',
    'SELECT INBOX',
    'LIST 1:4294967295',
    'FETCH 1:4294967295 BODY',
    'LOGOUT',
  ]);
});

test('in step, everything leaves in one flight, LOGOUT included', async () => {
  const room = await roomWith(3);
  const uid = room.inbox.add(mail('new'));
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1, reached: { uidnext: uid + 1 } });
  expect(room.server.log).toEqual(['|', 'SELECT INBOX QRESYNC', 'FETCH 4:4294967295 BODY', 'LOGOUT']);
  expect(room.server.firstFlight).toEqual(room.server.log.slice(1));
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('nothing new writes nothing to the disk', async () => {
  const room = await roomWith(3);
  await room.sync();
  room.files.operations = 0;
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 0, flagged: 0, expunged: 0 });
  expect(room.files.operations).toBe(0);
});

test.each([
  ['QRESYNC', {}],
  ['CONDSTORE', { qresync: false }],
  ['neither', { qresync: false, condstore: false }],
])('flags, expunges and new messages come with %s', async (_name, offers) => {
  const room = new SyncRoom();
  room.server.options = { offers };
  for (const name of 'abcdef') room.inbox.add(mail(name), ['\\Seen']);
  await room.sync();
  room.inbox.setFlags(1, ['\\Flagged', 'project']);
  room.inbox.setFlags(2, ['\\Seen']);
  room.inbox.expunge(3, 4);
  room.inbox.add(mail('g'), ['\\Draft']);
  room.server.forgetLog();
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1, flagged: 1, expunged: 2 });
  expect(await room.copy()).toEqual(room.serverCopy());
  expect(room.server.bodies).toEqual([7]);
  room.server.forgetLog();
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 0, flagged: 0, expunged: 0 });
  expect(room.server.log.filter((line) => line.startsWith('SEARCH'))).toEqual([]);
});

test('EXISTS as expected saves the search, EXISTS too low brings it', async () => {
  const room = new SyncRoom();
  room.server.options = { offers: { qresync: false } };
  for (const name of 'abc') room.inbox.add(mail(name));
  await room.sync();
  room.server.forgetLog();
  room.inbox.add(mail('d'));
  await room.sync();
  expect(room.server.log).toEqual([
    '|',
    'SELECT INBOX',
    'FETCH 1:3 FLAGS 13',
    'FETCH 4:4294967295 BODY',
    'LOGOUT',
  ]);
  room.inbox.expunge(2);
  room.inbox.add(mail('e'));
  room.server.forgetLog();
  expect(await room.sync()).toMatchObject({ expunged: 1, fetched: 1 });
  expect(room.server.log).toContain('SEARCH 1:4');
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a server that offers QRESYNC and does not use it is asked for flags in a second session', async () => {
  const room = await roomWith(4);
  room.server.options = { refuseResync: true };
  room.inbox.setFlags(1, ['\\Answered']);
  room.inbox.expunge(2);
  room.inbox.add(mail('new'));
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1, flagged: 1, expunged: 1 });
  expect(room.server.log.filter((line) => line === '|')).toHaveLength(2);
  expect(room.server.bodies).toEqual([5]);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a server that answers for fewer messages than it has removes nothing', async () => {
  const room = new SyncRoom();
  room.server.options = { offers: { qresync: false, condstore: false } };
  for (const name of 'abc') room.inbox.add(mail(name));
  await room.sync();
  const { open } = room.server;
  const forgetful = async () => Object.assign(await open(), { fetchFlags: async () => [] });
  expect(await room.sync({ open: forgetful })).toMatchObject({ result: 'ok', expunged: 0 });
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a cut session keeps what came, and the next fetches only the rest', async () => {
  const room = await roomWith(2);
  for (const name of 'wxyz') room.inbox.add(mail(name, 'x'.repeat(100)));
  room.server.options = { cutAfterBytes: 350 };
  const cut = await room.sync();
  expect(cut).toMatchObject({ result: 'failed', fetched: 2, reached: { uidnext: 5 } });
  expect(cut.reason).toMatch(/connection was lost/);
  room.server.options = {};
  room.server.forgetLog();
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 2, reached: { uidnext: 7 } });
  expect(room.server.bodies).toEqual([5, 6]);
  expect(await room.copy()).toEqual(room.serverCopy());
  expect(room.files.paths().filter((path) => path.includes('/tmp/'))).toEqual([]);
});

test('two mailboxes in step share one flight', async () => {
  const room = new SyncRoom();
  room.inbox.add(mail('a'));
  room.server.mailbox('Lists/Tech').add(mail('b'));
  const targets = [{ mailbox: 'INBOX' }, { mailbox: 'Lists/Tech' }];
  await room.sync({ targets });
  room.server.forgetLog();
  room.server.mailbox('Lists/Tech').add(mail('c'));
  const { mailboxes } = await room.sync({ targets });
  expect(mailboxes.map((one) => [one.mailbox, one.result, one.fetched])).toEqual([
    ['INBOX', 'ok', 0],
    ['Lists/Tech', 'ok', 1],
  ]);
  expect(room.server.firstFlight).toHaveLength(5);
  expect(await room.copy('Lists/Tech')).toEqual(room.serverCopy('Lists/Tech'));
});

test('a session that is being opened already is used, and its failure is the result', async () => {
  const room = await roomWith(1);
  const good = room.server.open();
  await room.sync({ opening: good, open: () => Promise.reject(new Error('not needed')) });
  expect(room.server.log).toContain('LOGOUT');
  const refused = Promise.reject(new Error('refused'));
  refused.catch(() => {});
  const failing = await room.sync({ opening: refused });
  expect(failing).toMatchObject({ result: 'failed', reason: 'refused', reached: { uidnext: 2 } });
});

test('a message that a crash left on the disk is not asked for again', async () => {
  const room = await roomWith(2);
  room.inbox.add(mail('c'));
  room.files.rename = async (from, to) => {
    if (to.endsWith('.ringpost-state')) throw new Error('crash');
    return VolatileFiles.prototype.rename.call(room.files, from, to);
  };
  expect(await room.sync()).toMatchObject({ result: 'failed' });
  room.files.rename = VolatileFiles.prototype.rename.bind(room.files);
  room.inbox.add(mail('d'));
  room.server.forgetLog();
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1 });
  expect(room.server.log).toContain('FETCH 4:4294967295 BODY');
  expect(room.server.log).toContain('FETCH 3 FLAGS');
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('much new mail is worth compressing, little is not', async () => {
  const room = await roomWith(1);
  await room.sync({ hint: { count: 1, size: 3000 } });
  expect(room.server.log).not.toContain('COMPRESS');
  room.server.forgetLog();
  await room.sync({ hint: { count: 3, size: 20_000 } });
  const commands = ['SELECT INBOX QRESYNC', 'COMPRESS', 'FETCH 2:4294967295 BODY', 'LOGOUT'];
  expect(room.server.firstFlight).toEqual(commands);
  room.server.forgetLog();
  room.server.options = { offers: { compress: false } };
  await room.sync({ hint: { count: 3, size: 20_000 } });
  expect(room.server.log).not.toContain('COMPRESS');
});

test('mailboxes that were never set up here join the first session; then only when they are asked for', async () => {
  const room = new SyncRoom();
  room.inbox.add(mail('a'));
  room.server.mailbox('Sent').add(mail('s'));
  const mailboxes = ['INBOX', 'Sent'];
  const names = async () => (await room.sync({ mailboxes })).mailboxes.map(({ mailbox }) => mailbox);
  expect([await names(), await names()]).toEqual([mailboxes, ['INBOX']]);
  expect(await room.copy('Sent')).toEqual(room.serverCopy('Sent'));
});

test('a mailbox is found by what it is for; the server is asked once', async () => {
  const room = new SyncRoom();
  room.inbox.add(mail('a'));
  room.server.mailbox('Gesendet').add(mail('s'));
  room.server.roles.set('\\Sent', 'Gesendet');
  const mailboxes = ['INBOX', '\\Sent', '\\Junk'];
  const first = await room.sync({ mailboxes });
  expect(first.mailboxes.map(({ mailbox, result }) => [mailbox, result])).toEqual([
    ['INBOX', 'ok'],
    ['Gesendet', 'ok'],
    ['\\Junk', 'failed'],
  ]);
  expect(first.mailboxes[2]?.reason).toContain('no mailbox for \\Junk');
  expect(await room.copy('Gesendet')).toEqual(room.serverCopy('Gesendet'));
  room.server.forgetLog();
  await room.sync({ targets: [{ mailbox: '\\Sent' }] });
  expect(room.server.log).toEqual(['|', 'SELECT Gesendet QRESYNC', 'FETCH 2:4294967295 BODY', 'LOGOUT']);
});

test('a million messages cost what changed: nothing is listed, here or there', async () => {
  const room = new SyncRoom();
  room.inbox.add(mail('a'));
  await room.sync();
  await room.sync();
  const state = (await room.state())!;
  const many = UidSet.range(1, 1_000_000);
  const ragged = UidSet.of(Array.from({ length: 30_000 }, (_one, index) => 30 * index + 1));
  const large = { ...state, held: many, agreed: new Map([['\\Seen', ragged]]), uidnext: 1_000_001 };
  await saveState(ROOT, stateText(large), room.files);
  room.files.settle();
  Object.assign(room.inbox, { uidnext: 1_000_001 });
  room.inbox.add(mail('b'));
  room.inbox.expunged.push({ uid: 77, modseq: room.inbox.modseq });
  room.server.forgetLog();
  const lists: string[] = [];
  const { list } = VolatileFiles.prototype;
  room.files.list = async (path) => {
    lists.push(path);
    return list.call(room.files, path);
  };
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1, expunged: 1 });
  expect(room.server.log).toEqual(['|', 'SELECT INBOX QRESYNC', 'FETCH 1000001:4294967295 BODY', 'LOGOUT']);
  // Once, for the file that is to go.
  expect(lists.filter((path) => path.endsWith('cur'))).toHaveLength(1);
  lists.length = 0;
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 0 });
});
