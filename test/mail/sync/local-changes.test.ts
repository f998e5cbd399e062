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

test('flags set here are kept and owed; the server changes only the flags that were not touched here', async () => {
  const room = await roomWith('abc', ['\\Seen']);
  await room.mark(1, 'FS');
  await room.mark(2, '');
  room.inbox.setFlags(1, ['\\Answered']);
  room.inbox.setFlags(2, ['\\Seen', '\\Answered']);
  expect(await room.sync()).toMatchObject({ result: 'ok', flagged: 2 });
  expect([(await room.entry(1)).flags, (await room.entry(2)).flags]).toEqual(['FR', 'R']);
  const state = (await room.state())!;
  expect([...state.added]).toEqual([['\\Flagged', UidSet.of([1])]]);
  expect([...state.cleared]).toEqual([['\\Seen', UidSet.of([2])]]);
  room.inbox.setFlags(1, ['\\Answered', '\\Flagged']);
  room.inbox.setFlags(2, ['\\Answered']);
  await room.sync();
  const after = (await room.state())!;
  expect([after.added.size, after.cleared.size]).toEqual([0, 0]);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a message removed here stays away, and is forgotten when it goes at the server', async () => {
  const room = await roomWith('abc');
  await room.remove(2);
  room.inbox.add(mail('d'));
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1 });
  expect((await room.state())?.removed.toString()).toBe('2');
  await room.sync();
  expect(room.server.bodies).toEqual([4]);
  room.inbox.expunge(2);
  expect(await room.sync()).toMatchObject({ expunged: 0 });
  expect((await room.state())?.removed.isEmpty).toBe(true);
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a message put back is held again', async () => {
  const room = await roomWith('ab');
  const entry = await room.entry(1);
  await room.files.rename(`/device/mail/new/${entry.name}`, '/device/outside');
  await room.sync();
  expect((await room.state())?.removed.toString()).toBe('1');
  await room.files.rename('/device/outside', `/device/mail/cur/${entry.base}:2,`);
  await room.sync();
  expect(await room.copy()).toEqual(room.serverCopy());
  expect((await room.state())?.removed.isEmpty).toBe(true);
});

test('what vanished at the server goes here too, whatever its flags here', async () => {
  const room = await roomWith('ab');
  await room.mark(1, 'F');
  room.inbox.expunge(1);
  expect(await room.sync()).toMatchObject({ expunged: 1 });
  expect(await room.copy()).toEqual(room.serverCopy());
  expect((await room.state())?.added.size).toBe(0);
});

test('mail of other programs in the copy is left alone', async () => {
  const room = await roomWith('a');
  const theirs = await room.files.create('/device/mail/cur/1.theirs,U=1000.other-1.1:2,S');
  await theirs.write(Buffer.from('Subject: theirs\n\nx\n'));
  await theirs.sync();
  room.inbox.expunge(1);
  await room.sync();
  expect(await room.copy()).toEqual([expect.stringMatching(/^\?\|S\|/)]);
});

test('when more than a quarter is gone here, the result says so, every time', async () => {
  const room = await roomWith('abcdefghijklmnopqrst');
  await room.remove(...Array.from({ length: 10 }, (_one, index) => index + 1));
  expect(await room.sync()).not.toHaveProperty('reason');
  await room.remove(11);
  for (let time = 0; time < 2; time += 1) {
    expect(await room.sync()).toMatchObject({ result: 'ok', reason: expect.stringContaining('11 of 20') });
  }
  expect(room.inbox.messages).toHaveLength(20);
});
