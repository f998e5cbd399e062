import { describe, expect, it } from 'vitest';
import type { OutboxResult } from '../../../src/mail/outbox/options.ts';
import { letter, type OutboxRoom, outboxRoom, ROOT } from './outbox-room.ts';

interface Situation {
  readonly put: Readonly<Record<string, string>>;
  /** The server's reply to bob as a recipient, in the first session and in those after it. */
  readonly toBob?: readonly [number | undefined, number | undefined];
  /** Where the message about each subject is in the end. */
  readonly ends: Readonly<Record<string, 'Sent' | 'Outbox'>>;
  /** `subject to recipient`, as often as the server takes it when nothing goes wrong. */
  readonly taken: readonly string[];
  /** At how many operations the power may go so that a message is sent twice: those between a 250 and what keeps it. */
  readonly inDoubt: InDoubt;
}

interface InDoubt {
  readonly 'power cut': number;
  /** The program dies: what it wrote last is on the disk in the end. */
  readonly kill: number;
}

const bob = 'bob@example.org';
const carol = 'carol@example.org';
/** A rename, and a sync of its directory. */
const MOVE: InDoubt = { 'power cut': 2, kill: 1 };
/** A temporary file made, written, synced, renamed, and a sync of its directory. */
const NOTE: InDoubt = { 'power cut': 5, kill: 4 };

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'two messages': {
    put: { 'new/1.one': letter('one'), 'cur/2.two:2,S': letter('two') },
    ends: { one: 'Sent', two: 'Sent' },
    taken: [`one to ${bob}`, `two to ${bob}`],
    inDoubt: { 'power cut': 4, kill: 2 },
  },
  'a message without Date and Message-ID': {
    put: { 'new/1.one': `From: ada@example.org\nTo: ${bob}\nSubject: one\n\nHello\n` },
    ends: { one: 'Sent' },
    taken: [`one to ${bob}`],
    inDoubt: MOVE,
  },
  'a refused one before a good one': {
    put: { 'new/1.one': letter('one'), 'new/2.two': letter('two', { to: carol }) },
    toBob: [550, 550],
    ends: { one: 'Outbox', two: 'Sent' },
    taken: [`two to ${carol}`],
    inDoubt: MOVE,
  },
  'one recipient refused for good': {
    put: { 'new/1.one': letter('one', { to: `${bob}, ${carol}` }) },
    toBob: [550, 550],
    ends: { one: 'Sent' },
    taken: [`one to ${carol}`],
    inDoubt: NOTE,
  },
  'one recipient refused for now': {
    put: { 'new/1.one': letter('one', { to: `${bob}, ${carol}` }) },
    toBob: [450, undefined],
    ends: { one: 'Sent' },
    taken: [`one to ${bob}`, `one to ${carol}`],
    inDoubt: NOTE,
  },
  'a message in both folders': {
    put: { 'new/1.one': letter('one'), 'cur/1.one:2,S': letter('one') },
    ends: { one: 'Sent' },
    taken: [`one to ${bob}`],
    inDoubt: MOVE,
  },
};

async function prepared({ put, toBob: [code] = [undefined, undefined] }: Situation): Promise<OutboxRoom> {
  const room = await outboxRoom({ recipient: (address) => (address === bob ? code : undefined) });
  for (const [path, content] of Object.entries(put)) await room.put(path, content);
  room.files.settle();
  return room;
}

describe.each(Object.keys(SITUATIONS))('%s', (name) => {
  const situation = SITUATIONS[name]!;

  it.each(['power cut', 'kill'] as const)(
    '%s at every operation: none lost, twice only if in doubt',
    async (how) => {
      const uncut = await prepared(situation);
      const start = uncut.files.clone();
      await uncut.submit();
      const cuts = Array.from({ length: uncut.files.operations }, (_none, cut) => cut);
      const interrupted = async (cut: number) => {
        const context = `${how} at ${cut} of ${cuts.length}`;
        const room = await prepared(situation);
        room.files = start.clone();
        room.files.cutAt = cut;
        await room.submit();
        if (how === 'kill') room.files.settle();
        else room.files.powerCut();
        return isTwice(room, await afterwards(room, situation, context), situation, context);
      };
      // Side by side, for the server lets everybody wait for its greeting.
      const twice = await Promise.all(cuts.map(interrupted));
      expect(twice.filter(Boolean)).toHaveLength(situation.inDoubt[how]);
    },
  );
});

/** The sessions after the cut: they bring everything to where it belongs, and the last finds nothing to do. */
async function afterwards(room: OutboxRoom, situation: Situation, context: string): Promise<OutboxResult[]> {
  const { toBob = [], ends } = situation;
  room.server.manners.recipient = (address) => (address === bob ? toBob[1] : undefined);
  const results = [await room.submit(), await room.submit()];
  expect(results[1], context).toMatchObject({ sent: [], refused: [], left: 0 });
  const found: string[] = [];
  for (const path of room.messages()) {
    const content = (await room.files.read(`${ROOT}/${path}`)).toString();
    found.push(`${subjectOf(content)} in ${path.startsWith('.Sent/cur/') ? 'Sent' : 'Outbox'}`);
  }
  const expected = Object.entries(ends).map(([subject, place]) => `${subject} in ${place}`);
  expect(found.sort(), context).toEqual(expected.sort());
  return results;
}

/** Whether the server took a message twice. Then it has the same Message-ID, and the user is told. */
function isTwice(
  { server }: OutboxRoom,
  results: readonly OutboxResult[],
  { taken }: Situation,
  context: string,
): boolean {
  const all = server.received.flatMap(({ to, text }) => to.map((one) => `${subjectOf(text)} to ${one}`));
  expect([...new Set(all)].sort(), context).toEqual([...taken].sort());
  const ids = new Set(server.received.map(({ text }) => `${subjectOf(text)} ${idOf(text)}`));
  expect(ids.size, context).toBe(new Set(server.received.map(({ text }) => subjectOf(text))).size);
  if (all.length === taken.length) return false;
  const told = results.flatMap(({ sent }) => sent).filter(({ perhapsTwice }) => perhapsTwice);
  expect(told, context).toHaveLength(1);
  return true;
}

function subjectOf(text: string): string | undefined {
  return /^Subject: (\w+)\r?$/m.exec(text)?.[1];
}

function idOf(text: string): string | undefined {
  return /^Message-ID: (<\S+>)\r?$/m.exec(text)?.[1];
}
