import { describe, expect, test } from 'vitest';
import { mail, ROOT, SyncRoom } from './sync-room.ts';

interface Situation {
  /** Before: synchronised and in step. */
  readonly before?: (room: SyncRoom) => unknown;
  /** What happens then, at the server and here, before the synchronisation that is cut. */
  readonly change: (room: SyncRoom) => unknown;
  /** What happens at the server between the cut and the next synchronisation; nothing may then be owed to it. */
  readonly meanwhile?: (room: SyncRoom) => unknown;
  /** Cut at every so many operations only, because there are hundreds. */
  readonly stride?: number;
  readonly offers?: { qresync?: boolean; condstore?: boolean };
}

function fill(room: SyncRoom, names: string, flags: string[] = []): void {
  for (const name of names) room.inbox.add(mail(name), flags);
}

const SITUATIONS: Record<string, Situation> = {
  'the first synchronisation': { change: (room) => fill(room, 'abc', ['\\Seen', 'work']) },
  'an empty mailbox': { change: (room) => room.inbox },
  'one new message': { before: (room) => fill(room, 'ab'), change: (room) => fill(room, 'c') },
  'many new messages, over two checkpoints': {
    stride: 5,
    before: (room) => fill(room, 'a'),
    change: (room) => fill(room, 'bcdefghijklmnopqrstuvwxyz0123', ['\\Flagged']),
  },
  'flags at the server': {
    before: (room) => fill(room, 'abc', ['\\Seen']),
    change: (room) => {
      room.inbox.setFlags(1, ['\\Flagged', 'work']);
      room.inbox.setFlags(2, []);
    },
  },
  'flags at the server, taken back after the cut': {
    before: (room) => fill(room, 'ab', ['\\Seen']),
    change: (room) => {
      room.inbox.setFlags(1, ['\\Seen', '\\Flagged']);
      room.inbox.setFlags(2, []);
    },
    meanwhile: (room) => {
      room.inbox.setFlags(1, ['\\Seen']);
      room.inbox.setFlags(2, ['\\Seen']);
    },
  },
  'expunges at the server': {
    before: (room) => fill(room, 'abcd'),
    change: (room) => room.inbox.expunge(2, 4),
  },
  'everything at once': {
    before: (room) => fill(room, 'abcd', ['\\Seen']),
    change: (room) => {
      room.inbox.setFlags(1, ['\\Seen', '\\Answered']);
      room.inbox.expunge(3);
      fill(room, 'ef', ['$Forwarded']);
    },
  },
  'everything at once, without QRESYNC': {
    offers: { qresync: false },
    before: (room) => fill(room, 'abcd', ['\\Seen']),
    change: (room) => {
      room.inbox.setFlags(1, ['\\Seen', '\\Answered']);
      room.inbox.expunge(3);
      fill(room, 'ef', ['$Forwarded']);
    },
  },
  'everything at once, without CONDSTORE': {
    offers: { qresync: false, condstore: false },
    before: (room) => fill(room, 'abcd', ['\\Seen']),
    change: (room) => {
      room.inbox.setFlags(1, ['\\Seen', '\\Answered']);
      room.inbox.expunge(3);
      fill(room, 'ef', ['$Forwarded']);
    },
  },
  'an owed rest after a lost connection': {
    before: async (room) => {
      fill(room, 'a');
      await room.sync();
      for (const name of 'bcde') room.inbox.add(mail(name, 'x'.repeat(80)));
      room.server.options = { cutAfterBytes: 250 };
      await room.sync();
      room.server.options = {};
    },
    change: (room) => room.inbox.setFlags(2, ['\\Seen']),
  },
  'a UIDVALIDITY change': {
    before: (room) => fill(room, 'abc', ['\\Seen']),
    change: (room) => {
      room.inbox.renumber(2000, 7);
      room.inbox.setFlags(8, ['\\Flagged']);
      fill(room, 'd');
    },
  },
  'a UIDVALIDITY change with twins': {
    before: (room) => {
      for (let time = 0; time < 2; time += 1) room.inbox.add(mail('twin'), [], Date.UTC(2025, 1, 1));
      fill(room, 'a');
    },
    change: (room) => room.inbox.renumber(2000),
  },
  'flags changed here and at the server': {
    before: (room) => fill(room, 'abc', ['\\Seen']),
    change: async (room) => {
      await room.mark(1, 'FS');
      await room.mark(2, '');
      room.inbox.setFlags(1, ['\\Answered']);
      room.inbox.setFlags(2, ['\\Seen', '\\Answered']);
    },
  },
  'messages removed here': {
    before: (room) => fill(room, 'abcd'),
    change: async (room) => {
      await room.remove(1, 2);
      room.inbox.expunge(2);
      fill(room, 'e');
    },
  },
  'bare line ends that are noticed late': {
    before: (room) => fill(room, 'a'),
    change: (room) => room.inbox.add(`${mail('late')}${'line\r\n'.repeat(5)}bare\nend\r`),
  },
  'a second mailbox': {
    before: (room) => fill(room, 'a'),
    change: (room) => {
      fill(room, 'b');
      room.server.mailbox('Sent').add(mail('s'));
    },
  },
};

/** What counts: every message with its flags, and what is owed in either direction, on both sides. */
async function outcome(room: SyncRoom, targets: { mailbox: string }[]) {
  const all = [];
  for (const { mailbox } of targets) {
    const state = (await room.state(mailbox))!;
    const { uidvalidity, uidnext, held, owed, removed, unsure, agreed, added, cleared, pending } = state;
    const sets = [agreed, added, cleared].map((one) =>
      [...one].map(([flag, uids]) => `${flag} ${uids}`).sort(),
    );
    const place = { uidvalidity, uidnext, pending, server: room.serverCopy(mailbox) };
    all.push({
      ...place,
      sets,
      uids: [held, owed, removed, unsure].map(String),
      copy: await room.copy(mailbox),
    });
  }
  return all;
}

async function prepared(situation: Situation, targets: { mailbox: string }[]): Promise<SyncRoom> {
  const room = new SyncRoom();
  room.server.options = situation.offers ? { offers: situation.offers } : {};
  room.inbox;
  for (const { mailbox } of targets) room.server.mailbox(mailbox);
  if (situation.before) {
    await situation.before(room);
    await room.sync();
  }
  await room.clock.advance(10_000);
  await situation.change(room);
  room.files.settle();
  return room;
}

describe.each(Object.keys(SITUATIONS))('%s', (name) => {
  const situation = SITUATIONS[name]!;
  const targets =
    name === 'a second mailbox' ? [{ mailbox: 'INBOX' }, { mailbox: 'Sent' }] : [{ mailbox: 'INBOX' }];

  test.each(['power cut', 'kill'])('%s at every operation loses nothing and doubles nothing', async (how) => {
    const { room, start, restore, operations, expected } = await uninterrupted(situation, targets);
    for (let cut = how === 'kill' ? 0 : 1; cut < operations; cut += situation.stride ?? 1) {
      const context = `cut at ${cut} of ${operations}`;
      restore();
      room.files = start.clone();
      room.files.cutAt = cut;
      await room.sync({ targets });
      if (how === 'kill') room.files.settle();
      else room.files.powerCut();
      await situation.meanwhile?.(room);
      const { mailboxes } = await room.sync({ targets });
      expect(
        mailboxes.map((one) => one.result),
        context,
      ).toEqual(targets.map(() => 'ok'));
      expect(await outcome(room, targets), context).toEqual(expected);
      room.server.forgetLog();
      await room.sync({ targets });
      expect(room.server.bodies, `${context}, third time`).toEqual([]);
      expect(
        room.files.paths().filter((path) => path.startsWith(`${ROOT}/`) && path.endsWith('.tmp')),
      ).toEqual([]);
    }
  });
});

async function uninterrupted(situation: Situation, targets: { mailbox: string }[]) {
  const room = await prepared(situation, targets);
  const restore = room.inbox.snapshot();
  const start = room.files;
  room.files = start.clone();
  await room.sync({ targets });
  const { operations } = room.files;
  await situation.meanwhile?.(room);
  await room.sync({ targets });
  const expected = await outcome(room, targets);
  return { room, start, restore, operations, expected };
}
