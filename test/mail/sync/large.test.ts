import { expect, test } from 'vitest';
import { mail, SyncRoom } from './sync-room.ts';

const LARGE = mail('large', 'x'.repeat(400));
const ALL = [{ which: 'all' }] as const;

/** Two small messages and a large one between them. */
async function roomWith(): Promise<SyncRoom> {
  const room = new SyncRoom();
  room.inbox.add(mail('a'));
  await room.sync();
  room.inbox.add(LARGE, ['\\Flagged']);
  room.inbox.add(mail('b'));
  room.server.forgetLog();
  return room;
}

/** What the file of the large message holds. */
async function large(room: SyncRoom): Promise<string> {
  return (await room.copy()).find((line) => line.startsWith('2|')) ?? '';
}

test('of a large message the beginning comes, in the same flight, and says so; fetch brings the rest', async () => {
  const room = await roomWith();
  expect(await room.sync({ wholeUpTo: 200 })).toMatchObject({
    result: 'ok',
    fetched: 2,
    reached: { uidnext: 4 },
  });
  expect(room.server.firstFlight).toEqual([
    'SELECT INBOX QRESYNC',
    'FETCH 2:4294967295 BODY<0.200>',
    'LOGOUT',
  ]);
  expect(await large(room)).toMatch(
    new RegExp(`^2\\|F\\|\\\\Flagged\\|\\d+\\|X-Ringpost-Partial: 200 of ${LARGE.length}\r\n`),
  );
  expect((await room.state())?.partial.toString()).toBe('2');
  await room.mark(2, 'FS');

  expect(await room.sync({ wholeUpTo: 200, fetch: ALL })).toMatchObject({
    result: 'ok',
    fetched: 1,
    flagsTold: 1,
  });
  expect(await room.copy()).toEqual(room.serverCopy());
  expect((await room.state())?.partial.isEmpty).toBe(true);
  room.server.forgetLog();
  await room.sync({ wholeUpTo: 200, fetch: ALL });
  expect(room.server.bodies).toEqual([]);
});

test.each([
  ['<large@test>', 1],
  ['<other@test>', 0],
])('fetch takes a Message-ID: %s', async (name, fetched) => {
  const room = await roomWith();
  await room.sync({ wholeUpTo: 200 });
  expect(await room.sync({ fetch: [{ mailbox: 'Archive', which: 'all' }] })).toMatchObject({ fetched: 0 });
  expect(await room.sync({ fetch: [{ mailbox: 'INBOX', which: [name] }] })).toMatchObject({ fetched });
});

test.each(['power cut', 'kill'])(
  '%s at every operation: the part stays until the whole is there',
  async (how) => {
    const room = await roomWith();
    await room.sync({ wholeUpTo: 200 });
    room.files.settle();
    const start = room.files;
    room.files = start.clone();
    await room.sync({ fetch: ALL });
    const { operations } = room.files;
    expect(operations).toBeGreaterThan(8);
    for (let cut = 0; cut < operations; cut += 1) {
      room.files = start.clone();
      room.files.cutAt = cut;
      await room.sync({ fetch: ALL });
      if (how === 'kill') room.files.settle();
      else room.files.powerCut();
      await room.sync({});
      expect(await room.copy(), `cut at ${cut}`).toHaveLength(3);
      expect(await large(room)).toContain('Subject: large');
      expect(await room.sync({ fetch: ALL })).toMatchObject({ result: 'ok' });
      expect(await room.copy(), `cut at ${cut}`).toEqual(room.serverCopy());
      expect(room.inbox.messages).toHaveLength(3);
    }
  },
);

test('a part is moved at the server as a whole, and never sent to it', async () => {
  const room = await roomWith();
  room.server.mailbox('Archive');
  await room.sync({ wholeUpTo: 200, targets: [{ mailbox: 'INBOX' }, { mailbox: 'Archive' }] });
  const { name } = await room.entry(2);
  await room.files.rename(`/device/mail/cur/${name}`, `/device/mail/.Archive/cur/${name}`);
  room.server.options = { cutAfterCommand: 6 };
  await room.sync({ wholeUpTo: 200 });
  room.server.options = {};
  await room.sync({ wholeUpTo: 200 });
  expect(room.server.mailbox('Archive').messages.map(({ content }) => content.toString())).toEqual([LARGE]);
  expect((await room.state('Archive'))?.partial.toString()).toBe('1');
  await room.sync({ targets: [{ mailbox: 'Archive' }], fetch: ALL });
  expect(await room.copy('Archive')).toEqual(room.serverCopy('Archive'));

  const part = (await room.entry(1, 'Archive')).name;
  await room.files.rename(`/device/mail/.Archive/cur/${part}`, `/device/mail/cur/${part}`);
  await room.sync();
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('when the server numbers its messages anew, a part goes and comes again', async () => {
  const room = await roomWith();
  await room.sync({ wholeUpTo: 200 });
  room.inbox.renumber(2000, 11);
  expect(await room.sync({ wholeUpTo: 200 })).toMatchObject({ result: 'ok', fetched: 1 });
  expect(await room.copy()).toHaveLength(3);
  await room.sync({ fetch: ALL });
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('what does not fit in a session waits for the next, newest mail first', async () => {
  const room = await roomWith();
  const size = mail('1', 'x'.repeat(100)).length;
  for (const name of '123456') room.inbox.add(mail(name, 'x'.repeat(100)));
  const hint = { count: 8, size: 8 * size };
  const policy = { wholeUpTo: 200, sessionBytes: 3 * size + 10, hint };
  await room.mark(1, 'S');
  expect(await room.sync(policy)).toMatchObject({
    result: 'owed',
    fetched: 3,
    flagsTold: 1,
    reason: expect.stringContaining('waits for the next'),
    reached: { uidnext: 2 },
  });
  expect(room.server.bodies).toEqual([7, 8, 9]);
  expect(await room.sync(policy)).toMatchObject({ result: 'owed', fetched: 3 });
  expect(await room.sync({ wholeUpTo: 200 })).toMatchObject({ result: 'ok', fetched: 2 });
  expect(room.server.bodies).toEqual([7, 8, 9, 4, 5, 6, 2, 3]);
  expect(await room.copy()).toHaveLength(9);
});

test('where nobody said how much is new, a session ends at its share, and consent lifts it', async () => {
  const room = await roomWith();
  expect(await room.sync({ sessionBytes: 100 })).toMatchObject({ result: 'owed', fetched: 0 });
  expect(await room.sync({ sessionBytes: 100, consent: true })).toMatchObject({ result: 'ok', fetched: 2 });
  expect(await room.copy()).toEqual(room.serverCopy());
});
