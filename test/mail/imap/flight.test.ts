import { expect, it } from 'vitest';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { learn, room } from './scripted-server.ts';

const known = { uidvalidity: 7, modseq: 90n, uids: UidSet.range(1, 3) };

it('asks step by step the first time', async () => {
  const { open, server } = await room();
  const session = await open();
  const selected = await session.select('INBOX', known);
  await session.logout();
  expect(server.flights.map((flight) => flight.replace(/^\w+ /, ''))).toEqual([
    'CAPABILITY\r\n',
    'LOGIN ada "hunter \\"2\\""\r\n',
    'CAPABILITY\r\n',
    'ENABLE QRESYNC\r\n',
    'SELECT INBOX (QRESYNC (7 90 1:3))\r\n',
    'LOGOUT\r\n',
  ]);
  expect(selected).toMatchObject({
    uidvalidity: 7,
    uidnext: 4,
    exists: 3,
    highestModseq: 90n,
    resynced: true,
  });
});

it.each([true, false])(
  'sends a whole session in one flight when the server is remembered (early: %s)',
  async (early) => {
    const it = await room({ early });
    await learn(it);
    const session = await it.open();
    const got: number[] = [];
    const selected = session.select('INBOX', known);
    const fetched = session.fetchMessages(
      UidSet.range(4, 2 ** 32 - 1),
      async ({ uid }) => void got.push(uid),
    );
    await Promise.all([selected, fetched, session.logout()]);
    expect(it.server.flights).toHaveLength(1);
    expect(it.server.flights[0]?.split('\r\n').map((line) => line.slice(2))).toEqual([
      'LOGIN ada "hunter \\"2\\""',
      'ENABLE QRESYNC',
      'SELECT INBOX (QRESYNC (7 90 1:3))',
      'UID FETCH 4:4294967295 (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ BODY.PEEK[])',
      'LOGOUT',
      '',
    ]);
    expect(session.cost().roundTrips).toBe(early ? 2 : 3);
  },
);

it('takes leave without LOGOUT unless that is wanted, once all is answered', async () => {
  const it = await room();
  await learn(it);
  const session = await it.open({ farewell: undefined });
  const [selected] = await Promise.all([session.select('INBOX', known), session.logout()]);
  expect(selected.exists).toBe(3);
  expect(it.server.flights).toHaveLength(1);
  expect(it.server.flights[0]).not.toContain('LOGOUT');
  await expect(session.select('INBOX')).rejects.toMatchObject({ code: 'session-lost' });
  it.server.options = { dropAfter: 3 };
  it.server.sent = 0;
  const cut = await it.open({ farewell: undefined });
  const results = await Promise.allSettled([cut.select('INBOX', known), cut.logout()]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('a server that hangs up on a flight twice is given one command at a time from then on', async () => {
  const it = await room({ takesOneByOne: true });
  await learn(it);
  const all = async () => {
    const session = await it.open();
    const calls = [session.select('INBOX', known), session.existing(UidSet.range(1, 3)), session.logout()];
    return (await Promise.allSettled(calls)).map(({ status }) => status);
  };
  const lost = ['rejected', 'rejected', 'rejected'];
  expect([await all(), await all(), await all()]).toEqual([
    lost,
    lost,
    ['fulfilled', 'fulfilled', 'fulfilled'],
  ]);
  expect(it.server.flights.slice(-5).map((flight) => flight.split('\r\n').length)).toEqual([2, 2, 2, 2, 2]);
});

it('one that hung up once may go on with flights', async () => {
  const it = await room({ takesOneByOne: true });
  await learn(it);
  const all = async () => {
    const session = await it.open();
    const calls = [session.select('INBOX', known), session.logout()];
    return (await Promise.allSettled(calls)).every(({ status }) => status === 'fulfilled');
  };
  for (const takesOneByOne of [true, false, true, false]) {
    it.server.options = { takesOneByOne };
    expect(await all()).toBe(!takesOneByOne);
  }
  expect(it.server.flights.slice(-1)[0]?.split('\r\n').length).toBe(5);
});
