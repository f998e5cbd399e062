import { expect, test } from 'vitest';
import { ENTRIES } from '../../../src/server/annotations.ts';
import type { PlayedImap } from '../../support/played-imap.ts';
import { ada, played, told, until } from './room.ts';

test('R2 the device is what the mailbox itself names, and none of it rings nobody, which is said once', async () => {
  const users = [{ ...ada, device: undefined }];
  const at = await played((imap) => imap.arrive(), { users, policy: { rereadMs: 20 } });
  await until(() => expect(at.imap.logins).toBeGreaterThan(2));
  expect(at.stored).toEqual([]);
  expect(at.logged.filter(({ level }) => level === 40)).toEqual([
    expect.objectContaining({ msg: expect.stringContaining('names no device') }),
  ]);
  at.imap.box().annotations.set(ENTRIES.device, 'boat-2');
  await told(at, { device: 'boat-2', count: 1 });
});

test('R10 R12 annotations are written and read through the watcher, and whoever listens is told of changes', async () => {
  const at = await played((imap) => void imap.box().annotations.set(ENTRIES.push, 'maybe'), {
    policy: { rereadMs: 30 },
  });
  const changes: unknown[] = [];
  at.watcher.onChanged(({ annotations }) => changes.push(annotations));
  await until(() => expect(at.imap.idling).toBe(1));
  await at.watcher.write(
    'ada',
    'INBOX',
    new Map([
      [ENTRIES.push, 'off'],
      [ENTRIES.interval, '30m'],
    ]),
  );
  expect(await at.watcher.read('ada', 'INBOX')).toEqual(
    new Map([
      [ENTRIES.push, 'off'],
      [ENTRIES.interval, '30m'],
    ]),
  );
  expect(at.watcher.known()).toEqual([
    { user: 'ada', mailbox: 'INBOX', annotations: { device: 'pocket-1', on: false, intervalSeconds: 1800 } },
  ]);
  at.imap.box().annotations.set(ENTRIES.push, 'on');
  await until(() => expect(changes.at(-1)).toMatchObject({ on: true }));
  await at.watcher.write('ada', 'INBOX', new Map([[ENTRIES.interval, null]]));
  expect(at.watcher.known()[0]?.annotations).toEqual({
    device: 'pocket-1',
    on: true,
    intervalSeconds: undefined,
  });
  expect(at.logged).toContainEqual(expect.objectContaining({ problems: [expect.stringContaining('maybe')] }));
});

test('without METADATA the configured device rings, and annotations are refused by name', async () => {
  const at = await played((imap) => {
    imap.capabilities = 'IMAP4rev1 IDLE';
    imap.arrive();
  });
  await told(at, { device: 'pocket-1' });
  await expect(at.watcher.read('ada', 'INBOX')).rejects.toMatchObject({ code: 'no-metadata' });
  await expect(at.watcher.write('ada', 'INBOX', new Map())).rejects.toMatchObject({ code: 'no-metadata' });
});

test.each([
  [
    'has no METADATA',
    (imap: PlayedImap) => {
      imap.capabilities = 'IMAP4rev1 IDLE';
    },
  ],
  [
    'GETMETADATA INBOX at .* as ada: not for you',
    (imap: PlayedImap) => {
      imap.twist = (verb) => (verb === 'GETMETADATA' ? 'TAG NO [NOPERM] not for you\r\n' : undefined);
    },
  ],
])(
  'a mailbox whose server tells no annotations rings nobody, and the reason is said: %s',
  async (why, imap) => {
    const at = await played(imap, { users: [{ ...ada, device: undefined }] });
    await until(() => expect(at.logged).toContainEqual(expect.objectContaining({ level: 40 })));
    const [{ msg } = {}] = at.logged.filter(({ level }) => level === 40);
    expect(msg).toMatch(/names no device/);
    expect(msg).toMatch(new RegExp(why));
  },
);

test('a metadata write that the server refuses is refused', async () => {
  const at = await played((imap) => {
    imap.twist = (verb) => (verb === 'SETMETADATA' ? 'TAG NO [METADATA TOOMANY] full\r\n' : undefined);
  });
  const writing = at.watcher.write('ada', 'INBOX', new Map([[ENTRIES.push, 'on']]));
  await expect(writing).rejects.toMatchObject({ code: 'metadata-refused' });
  at.imap.arrive();
  await told(at, { uidnext: 2 });
});
