import { expect, test } from 'vitest';
import { mail, SyncRoom } from './sync-room.ts';

async function roomWith(names: string): Promise<SyncRoom> {
  const room = new SyncRoom();
  for (const name of names) room.inbox.add(mail(name), ['\\Seen', 'work']);
  await room.sync();
  room.server.forgetLog();
  return room;
}

test('after a UIDVALIDITY change nothing is downloaded that is here, and no file is renamed', async () => {
  const room = await roomWith('abcde');
  const bases = (await (await room.maildir()).list()).map((entry) => entry.base).sort();
  room.inbox.renumber(2000, 71);
  room.inbox.setFlags(72, ['\\Flagged']);
  room.inbox.add(mail('new'));
  const result = await room.sync();
  expect(result).toMatchObject({
    result: 'ok',
    fetched: 1,
    flagged: 1,
    reached: { uidvalidity: 2000, uidnext: 77 },
  });
  expect(room.server.bodies).toEqual([76]);
  expect(await room.copy()).toEqual(room.serverCopy());
  const after = (await (await room.maildir()).list()).map((entry) => entry.base);
  expect(after).toEqual(expect.arrayContaining(bases));
  expect((await room.state())?.renumbered.map((one) => one.runs)).toEqual([[[1, 71, 5]]]);
  room.server.forgetLog();
  room.inbox.setFlags(73, []);
  room.inbox.expunge(74);
  expect(await room.sync()).toMatchObject({ fetched: 0, flagged: 1, expunged: 1 });
  expect(await room.copy()).toEqual(room.serverCopy());
  expect(room.server.firstFlight).toHaveLength(3);
});

test('UIDVALIDITY may change again, and go back to what it was', async () => {
  const room = await roomWith('abc');
  room.inbox.renumber(2000, 5);
  room.inbox.add(mail('d'));
  await room.sync();
  room.inbox.renumber(1000, 2);
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 0 });
  expect(await room.copy()).toEqual(room.serverCopy());
  await room.clock.advance(5000);
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 0, expunged: 0 });
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('ambiguous messages are downloaded again and are there once', async () => {
  const room = new SyncRoom();
  const date = Date.UTC(2025, 5, 1);
  for (let time = 0; time < 2; time += 1) room.inbox.add(mail('twin'), [], date);
  room.inbox.add('Subject: no message id\r\n\r\n', [], date);
  room.inbox.add(mail('single'));
  await room.sync();
  room.server.forgetLog();
  room.inbox.renumber(2000);
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 3 });
  expect(room.server.bodies).toEqual([1, 2, 3]);
  const copy = await room.copy();
  expect(copy.filter((line) => !line.startsWith('?'))).toEqual(room.serverCopy());
  expect(copy.filter((line) => line.includes('twin'))).toHaveLength(2);
});

test('what the server no longer has after the change is kept here', async () => {
  const room = await roomWith('abc');
  room.inbox.messages = room.inbox.messages.slice(0, 1);
  room.inbox.renumber(2000);
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 0, expunged: 0 });
  const copy = await room.copy();
  expect(copy).toHaveLength(3);
  expect(copy.filter((line) => line.startsWith('?'))).toHaveLength(2);
});

test('flags changed here are told under the new UIDs', async () => {
  const room = await roomWith('ab');
  await room.mark(1, 'FS');
  await room.mark(2, '');
  room.inbox.renumber(2000, 11);
  expect(await room.sync()).toMatchObject({ result: 'ok', flagged: 0 });
  expect([(await room.entry(11)).flags, (await room.entry(12)).flags]).toEqual(['FS', '']);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('with two mailboxes, the one that stays in step is not hurt by the other', async () => {
  const room = await roomWith('ab');
  const targets = [{ mailbox: 'INBOX' }, { mailbox: 'Sent' }];
  room.server.mailbox('Sent').add(mail('s'));
  await room.sync({ targets });
  room.inbox.renumber(3000);
  room.server.mailbox('Sent').add(mail('t'));
  const { mailboxes } = await room.sync({ targets });
  expect(mailboxes.map((one) => [one.result, one.fetched])).toEqual([
    ['ok', 0],
    ['ok', 1],
  ]);
  expect(await room.copy('Sent')).toEqual(room.serverCopy('Sent'));
});

test('bodies on their way under the new UIDVALIDITY are not taken for mail of the old one', async () => {
  const room = await roomWith('abc');
  room.inbox.renumber(2000, 2);
  const { open } = room.server;
  // A session that is slow to end: what was asked for still comes.
  const slow = async () => Object.assign(await open(), { [Symbol.asyncDispose]: async () => {} });
  expect(await room.sync({ open: slow })).toMatchObject({ result: 'ok', fetched: 0 });
  expect(room.server.bodies).toEqual([]);
  expect(await room.copy()).toEqual(room.serverCopy());
});
