import { expect, test } from 'vitest';
import type { PlayedImap } from '../../support/played-imap.ts';
import { quickClock } from '../../support/quick-clock.ts';
import { ada, played, told, until } from './room.ts';

const lists = { ...ada, mailboxes: ['INBOX', 'Lists'] };
test('R13 new mail is told with its size, by IDLE on one connection', async () => {
  const at = await played();
  await until(() => expect(at.imap.idling).toBe(1));
  expect(at.stored).toEqual([]);
  at.imap.arrive(1200);
  await told(at, { mailbox: 'INBOX', device: 'pocket-1', uidvalidity: 7, uidnext: 2, count: 1, size: 1200 });
  await until(() => expect(at.imap.idling).toBe(1));
  at.imap.arrive(10);
  at.imap.arrive(20);
  await until(() => expect(at.stored.slice(1).reduce((sum, { size }) => sum + size, 0)).toBe(30));
  expect(at.imap.commands.filter((line) => /^(SELECT|NOTIFY|ENABLE|COMPRESS)/.test(line))).toEqual([]);
});

test('mail that came while the watcher did not run is told at the next start, once', async () => {
  const first = await played(({ arrive: _, ...imap }) => imap);
  await until(() => expect(first.imap.idling).toBe(1));
  await first.stop();
  first.imap.arrive(5);
  first.imap.arrive(6);
  const second = await first.again();
  await told(second, { uidnext: 3, count: 2, size: 11 });
  await second.stop();
  const third = await first.again();
  await until(() => expect(first.imap.idling).toBe(1));
  expect(third.stored).toEqual([]);
});

test('a lost connection is made again, and what came meanwhile is told', async () => {
  const at = await played();
  await until(() => expect(at.imap.idling).toBe(1));
  at.imap.drop();
  at.imap.arrive(5, 'INBOX', true);
  await told(at, { uidnext: 2, count: 1 });
});

test('a mailbox that is looked at for the first time is told whole, an empty one not', async () => {
  const at = await played((imap) => {
    for (const size of [1, 2, 3]) imap.arrive(size);
  });
  await told(at, { uidnext: 4, count: 3, size: 0 });
});

test('a new UIDVALIDITY is told; a UIDNEXT that falls rings nobody, and what comes after it does', async () => {
  const at = await played((imap) => imap.arrive());
  await told(at, { uidvalidity: 7 });
  await at.stop();
  Object.assign(at.imap.box(), { uidvalidity: 8, uidnext: 9 });
  const renumbered = await at.again();
  await told(renumbered, { uidvalidity: 8, uidnext: 9, count: 1 });
  await renumbered.stop();
  at.imap.box().uidnext = 5;
  const fallen = await at.again();
  await until(() => expect(at.imap.idling).toBe(1));
  expect(fallen.stored).toEqual([]);
  expect(fallen.logged).toContainEqual(expect.objectContaining({ uidnext: 5, before: 9, level: 40 }));
  at.imap.arrive(44);
  await told(fallen, { uidnext: 6, count: 1, size: 44 });
});

test.each([
  ['UIDNEXT 0', { uidnext: 0 }],
  ['a UIDNEXT beyond 32 bits', { uidnext: 4_294_967_296 }],
  ['a UIDVALIDITY of 0', { uidvalidity: 0 }],
  ['words', { uidnext: 'soon', uidvalidity: 'never' }],
])('nonsense from the server rings nobody, is logged, and is asked again: %s', async (_, place) => {
  const at = await played((imap) => Object.assign(imap.box(), place));
  await until(() => expect(at.logged.some(({ code }) => code === 'nonsense')).toBe(true));
  expect(at.stored).toEqual([]);
  Object.assign(at.imap.box(), { uidvalidity: 7, uidnext: 2, messages: [[1, 9]] });
  await told(at, { uidnext: 2, count: 1 });
});

test('a server that breaks off in the middle, or answers what was not asked, is asked again until it makes sense', async () => {
  let left = 3;
  const at = await played((imap) => {
    imap.arrive();
    imap.twist = (verb) => {
      if (verb !== 'EXAMINE' || left-- <= 0) return undefined;
      return ['* 1 EXISTS\r\n* OK [UIDNEXT\r\n* ((\r\nTAG BAD ((\r\n', null, 'TAG NO [SERVERBUG] later\r\n'][
        left
      ] as string | null;
    };
  });
  await told(at, { uidnext: 2, count: 1 });
});

test('the place moves on only once the trigger agent has the mail on the disk', async () => {
  const at = await played();
  await until(() => expect(at.imap.idling).toBe(1));
  at.fail = 2;
  at.imap.arrive(50);
  await told(at, { uidnext: 2, count: 1, size: 50 });
  expect(at.fail).toBe(-1);
});

test('what is gone before the look rings nobody', async () => {
  const at = await played();
  await until(() => expect(at.imap.idling).toBe(1));
  await at.stop();
  at.imap.arrive(1);
  at.imap.box().messages = [];
  const again = await at.again();
  await until(() => expect(at.imap.idling).toBe(1));
  expect(again.stored).toEqual([]);
});

test('several mailboxes are one connection where NOTIFY is offered', async () => {
  const at = await played((imap) => imap.box('Lists'), { users: [lists] });
  await until(() => expect(at.imap.idling).toBe(1));
  expect(at.imap.commands.filter((line) => line.startsWith('NOTIFY'))).toEqual([
    'NOTIFY SET (MAILBOXES ("INBOX" "Lists") (MessageNew MessageExpunge))',
  ]);
  at.imap.arrive(7, 'Lists');
  await told(at, { mailbox: 'Lists', uidnext: 2, count: 1, size: 7 });
  expect(at.imap.logins).toBe(1);
});

test.each(['absent', 'refused'])(
  'several mailboxes are a connection each where NOTIFY is %s',
  async (how) => {
    const prepare = (imap: PlayedImap) => {
      imap.box('Lists');
      if (how === 'absent') imap.offer('IMAP4rev1 IDLE');
      else imap.twist = (verb) => (verb === 'NOTIFY' ? 'TAG NO not these\r\n' : undefined);
    };
    const at = await played(prepare, { users: [lists] });
    await until(() => expect(at.imap.idling).toBe(2));
    at.imap.arrive(7, 'Lists');
    at.imap.arrive(8);
    await until(() => expect(at.stored).toHaveLength(2));
    const found = at.stored.map(({ mailbox, size }) => [mailbox, size]);
    expect(found.sort()).toEqual([
      ['INBOX', 8],
      ['Lists', 7],
    ]);
  },
);

test('a server that falls silent is given up, and asked again', async () => {
  let silent = true;
  const prepare = (imap: PlayedImap) => {
    imap.arrive();
    imap.twist = (verb) => (verb === 'EXAMINE' && silent ? '' : undefined);
  };
  const at = await played(prepare, { clock: quickClock(50) });
  await until(() => expect(at.logged.some(({ code }) => code === 'deadline')).toBe(true));
  silent = false;
  await told(at, { uidnext: 2, count: 1 });
});

test('without IDLE the mailbox is looked at every now and then', async () => {
  const at = await played((imap) => imap.offer('IMAP4rev1'), { policy: { noIdleMs: 20 } });
  await until(() =>
    expect(at.imap.commands.filter((line) => line.startsWith('STATUS')).length).toBeGreaterThan(2),
  );
  at.imap.arrive(3);
  await told(at, { uidnext: 2, count: 1, size: 3 });
  expect(at.imap.commands).toContain('CLOSE');
});

test('a wrong password is not tried again for long, and the log names user and server but not the password', async () => {
  const at = await played((imap) => imap.expectPassword('other'));
  await until(() => expect(at.logged.some(({ code }) => code === 'wrong-password')).toBe(true));
  const line = at.logged.find(({ code }) => code === 'wrong-password');
  expect(line).toMatchObject({
    user: 'ada',
    level: 50,
    msg: expect.stringContaining(`localhost:${at.imap.port}`),
  });
  expect(Number(line?.seconds)).toBeGreaterThan(7 * 60);
  at.watcher.look('ada');
  await expect(at.watcher.read('ada', 'INBOX')).rejects.toMatchObject({ code: 'imap-lost', temporary: true });
  expect(at.imap.logins).toBe(1);
  expect(JSON.stringify(at.logged)).not.toContain('secret');
});

test('with idle off, connections are made only to look: at the start, when told to, and slowly by itself', async () => {
  const at = await played(undefined, { policy: { idle: false } });
  await until(() => expect(at.imap.logins).toBe(1));
  await until(() => expect(at.imap.connections).toBe(0));
  at.imap.arrive(9);
  at.watcher.look('ada', 'INBOX');
  await told(at, { uidnext: 2, count: 1, size: 9 });
  await until(() => expect(at.imap.connections).toBe(0));
  expect(at.imap.commands).not.toContain('IDLE');
  expect(() => at.watcher.look('ada', 'Other')).toThrow(expect.objectContaining({ code: 'unknown-mailbox' }));
  expect(() => at.watcher.look('bob')).toThrow(expect.objectContaining({ code: 'unknown-mailbox' }));
});

test('a look that came before the mail was stored is repeated', async () => {
  const at = await played(undefined, { policy: { idle: false, againMs: 300 } });
  const looked = () => at.imap.commands.filter((line) => line.startsWith('STATUS')).length;
  await until(() => expect(looked() === 1 && at.imap.connections === 0).toBe(true));
  at.watcher.look('ada', 'INBOX', true);
  await until(() => expect(looked()).toBe(2));
  at.imap.arrive(9);
  await told(at, { uidnext: 2, count: 1, size: 9 });
});

test('with idle off, the slow look finds what nobody told', async () => {
  const at = await played(undefined, { policy: { idle: false, pollMs: 20 } });
  await until(() => expect(at.imap.logins).toBeGreaterThan(2));
  at.imap.arrive(9);
  await told(at, { uidnext: 2, count: 1, size: 9 });
});
