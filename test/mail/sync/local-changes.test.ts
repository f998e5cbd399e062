import { expect, test } from 'vitest';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { mail, SyncRoom } from './sync-room.ts';

async function roomWith(names: string, flags: string[] = []): Promise<SyncRoom> {
  const room = new SyncRoom();
  for (const name of names) room.inbox.add(mail(name), flags);
  await room.sync();
  room.server.forgetLog();
  return room;
}

test('flags set here go to the server; the server changes only the flags that were not touched here', async () => {
  const room = await roomWith('abc', ['\\Seen']);
  await room.mark(1, 'FS');
  await room.mark(2, '');
  room.inbox.setFlags(1, ['\\Answered']);
  room.inbox.setFlags(2, ['\\Seen', '\\Answered']);
  expect(await room.sync()).toMatchObject({ result: 'ok', flagged: 2, flagsTold: 2 });
  expect([(await room.entry(1)).flags, (await room.entry(2)).flags]).toEqual(['FR', 'R']);
  expect(room.inbox.messages.map(({ flags }) => flags)).toEqual([
    ['\\Answered', '\\Flagged'],
    ['\\Answered'],
    ['\\Seen'],
  ]);
  const after = (await room.state())!;
  expect([after.added.size, after.cleared.size]).toEqual([0, 0]);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('changes of the same messages share a command, and a lost session keeps them owed', async () => {
  const room = await roomWith('abcd');
  for (const uid of [1, 2]) await room.mark(uid, 'FS');
  await room.mark(4, 'S');
  room.server.options = { cutAtCommand: 2 };
  expect(await room.sync()).toMatchObject({ result: 'failed' });
  room.server.options = {};
  expect([...(await room.state())!.added]).toEqual([
    ['\\Flagged', UidSet.of([1, 2])],
    ['\\Seen', UidSet.of([1, 2, 4])],
  ]);
  room.server.forgetLog();
  await room.sync();
  expect(room.server.log.filter((line) => line.startsWith('STORE'))).toEqual([
    'STORE 1:2 +\\Flagged -',
    'STORE 1:2,4 +\\Seen -',
  ]);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a message removed here goes at the server, and is not brought again', async () => {
  const room = await roomWith('abc');
  await room.remove(2);
  room.inbox.add(mail('d'));
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1, removedThere: 1 });
  expect(room.inbox.messages.map(({ uid }) => uid)).toEqual([1, 3, 4]);
  expect((await room.state())?.removed.isEmpty).toBe(true);
  room.server.forgetLog();
  expect(await room.sync()).toMatchObject({ expunged: 0, removedThere: 0 });
  expect(room.server.log).toEqual(['|', 'SELECT INBOX QRESYNC', 'FETCH 5:4294967295 BODY', 'LOGOUT']);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('without UIDPLUS, messages that others marked as deleted stay, and stay marked', async () => {
  const room = await roomWith('abc');
  room.server.options = { offers: { uidplus: false } };
  room.inbox.setFlags(1, ['\\Deleted']);
  await room.remove(3);
  for (const cut of [3, 4, 5, 6]) {
    room.server.options = { offers: { uidplus: false }, cutAfterCommand: cut };
    await room.sync();
  }
  room.server.options = { offers: { uidplus: false } };
  expect(await room.sync()).toMatchObject({ result: 'ok' });
  await room.sync();
  expect(room.inbox.messages.map(({ uid, flags }) => [uid, flags])).toEqual([
    [1, ['\\Deleted']],
    [2, []],
  ]);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a message put back is a message of its own, and goes to the server', async () => {
  const room = await roomWith('ab');
  const entry = await room.entry(1);
  await room.files.rename(`/device/mail/new/${entry.name}`, '/device/outside');
  await room.sync();
  expect(room.inbox.messages.map(({ uid }) => uid)).toEqual([2]);
  await room.files.rename('/device/outside', `/device/mail/cur/${entry.base}:2,`);
  expect(await room.sync()).toMatchObject({ appended: 1 });
  expect(room.inbox.messages.map(({ uid }) => uid)).toEqual([2, 3]);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('what vanished at the server goes here too, whatever its flags here', async () => {
  const room = await roomWith('ab');
  await room.mark(1, 'F');
  room.inbox.expunge(1);
  expect(await room.sync()).toMatchObject({ expunged: 1 });
  expect(await room.copy()).toEqual(room.serverCopy());
  expect((await room.state())?.added.size).toBe(0);
});

test('mail of other programs in the copy goes to the server, with its flags and its time', async () => {
  const room = await roomWith('a');
  const path = '/device/mail/cur/1.theirs,U=1000.other-1.1:2,S';
  const theirs = await room.files.create(path);
  await theirs.write(Buffer.from('Subject: theirs\n\nx\n'));
  await theirs.sync();
  await room.files.utimes(path, Date.UTC(2026, 2, 3));
  room.inbox.expunge(1);
  expect(await room.sync()).toMatchObject({ appended: 1, expunged: 1 });
  expect(room.inbox.messages).toMatchObject([
    {
      uid: 2,
      flags: ['\\Seen'],
      internalDate: Date.UTC(2026, 2, 3),
      content: Buffer.from('Subject: theirs\r\n\r\nx\r\n'),
    },
  ]);
  expect(await room.copy()).toEqual(room.serverCopy());
  expect(room.files.paths()).toContain(path);
});

test('a message that the server does not take stays, is named, and is not tried again', async () => {
  const room = await roomWith('a');
  const theirs = await room.files.create('/device/mail/cur/1.large:2,');
  await theirs.write(Buffer.from('Subject: large\n\nx\n'));
  await theirs.sync();
  room.server.options = { refuseAppend: () => true };
  expect(await room.sync()).toMatchObject({
    result: 'ok',
    appended: 0,
    reason: '1.large: APPEND: NO too large',
  });
  room.server.forgetLog();
  expect(await room.sync()).not.toHaveProperty('reason');
  expect(room.server.log.join()).not.toContain('APPEND');
  expect(room.files.paths()).toContain('/device/mail/cur/1.large:2,');
});

test('a message filed in another mailbox is moved at the server, whatever was asked for; nothing of it crosses the air', async () => {
  const room = await roomWith('abc', ['\\Seen', 'work']);
  room.server.mailbox('Archive');
  await room.sync({ targets: [{ mailbox: 'Archive' }] });
  const entry = await room.entry(2);
  const filed = `/device/mail/.Archive/cur/${entry.base}:2,FS`;
  await room.files.rename(`/device/mail/cur/${entry.name}`, filed);
  room.server.forgetLog();
  const { mailboxes } = await room.sync();
  expect(mailboxes).toMatchObject([
    { mailbox: 'INBOX', result: 'ok', removedThere: 0 },
    { mailbox: 'Archive', result: 'ok', transferred: 1, appended: 0, flagsTold: 1 },
  ]);
  expect(room.server.log.filter((line) => /^(MOVE|APPEND|EXPUNGE)/.test(line))).toEqual(['MOVE 2 Archive']);
  for (const mailbox of ['INBOX', 'Archive'])
    expect(await room.copy(mailbox)).toEqual(room.serverCopy(mailbox));
  expect(room.server.mailbox('Archive').messages[0]?.flags).toEqual(['\\Seen', 'work', '\\Flagged']);
  expect(room.files.paths()).toContain(filed);
  room.server.forgetLog();
  await room.sync();
  expect(room.server.bodies).toEqual([]);
});

test('when more than a quarter is gone here, nothing is deleted at the server until the user says so', async () => {
  const room = await roomWith('abcdefghijklmnopqrst');
  await room.remove(...Array.from({ length: 11 }, (_one, index) => index + 1));
  for (let time = 0; time < 2; time += 1) {
    expect(await room.sync()).toMatchObject({ result: 'ok', reason: expect.stringContaining('11 of 20') });
  }
  expect(room.inbox.messages).toHaveLength(20);
  expect(await room.sync({ acceptDeletions: ['INBOX'] })).toMatchObject({ result: 'ok', removedThere: 11 });
  expect(room.inbox.messages).toHaveLength(9);
});

test('a mailbox that is suddenly empty at the server is left alone here until the user says so', async () => {
  const room = await roomWith('abcdefghijkl');
  room.inbox.expunge(...room.inbox.messages.map(({ uid }) => uid));
  expect(await room.sync()).toMatchObject({
    result: 'guarded',
    reason: expect.stringContaining('12 messages'),
  });
  expect(await room.copy()).toHaveLength(12);
  expect(await room.sync({ acceptDeletions: ['INBOX'] })).toMatchObject({ result: 'ok', expunged: 12 });
  expect(await room.copy()).toEqual([]);
});

test.each([
  [
    'a server that changes what it is given',
    (content: Buffer) => Buffer.concat([Buffer.from('X-Seen: yes\r\n'), content]),
    1,
  ],
  ['one that loses it', () => undefined, 0],
])('%s is given it once, whatever it shows of it', async (_what, changeAppend, copies) => {
  const room = await roomWith('a');
  room.server.options = { offers: { uidplus: false }, changeAppend };
  const file = await room.files.create('/device/mail/cur/1.mine:2,S');
  await file.write(Buffer.from(mail('mine').replaceAll('\r\n', '\n')));
  await file.sync();
  for (let time = 0; time < 3; time += 1) expect(await room.sync()).toMatchObject({ result: 'ok' });
  expect(room.server.log.filter((line) => line.startsWith('APPEND'))).toHaveLength(1);
  expect(room.inbox.messages).toHaveLength(1 + copies);
  expect(room.files.paths().filter((path) => path.includes('mine'))).toHaveLength(1);
  expect(await room.copy()).toHaveLength(2);
});

test('a message that was moved to a folder that goes nowhere stays at the server until it is removed there', async () => {
  const room = await roomWith('abc');
  const { base, folder, name } = await room.entry(2);
  await room.files.makeDirectory('/device/mail/.Private/cur');
  await room.files.rename(`/device/mail/${folder}/${name}`, `/device/mail/.Private/cur/${base}:2,S`);
  await room.remove(3);
  expect(await room.sync()).toMatchObject({
    result: 'ok',
    removedThere: 1,
    reason: expect.stringContaining('1 message is in a folder here that is not synchronised'),
  });
  expect(room.inbox.messages.map(({ uid }) => uid)).toEqual([1, 2]);
  await room.files.unlink(`/device/mail/.Private/cur/${base}:2,S`);
  expect(await room.sync()).toMatchObject({ result: 'ok', removedThere: 1 });
  expect(room.inbox.messages.map(({ uid }) => uid)).toEqual([1]);
});
