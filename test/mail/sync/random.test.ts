import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mail, SyncRoom } from './sync-room.ts';

type Act =
  | { readonly do: 'add' | 'expunge' | 'remove' | 'server-flag' | 'local-flag'; readonly pick: number }
  | { readonly do: 'sync' }
  | { readonly do: 'renumber'; readonly pick: number }
  | { readonly do: 'cut'; readonly at: number; readonly kill: boolean }
  | { readonly do: 'lose'; readonly bytes: number };

const pick = fc.nat(9);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constantFrom('add' as const, 'add' as const, 'expunge' as const, 'remove' as const),
    pick,
  }),
  fc.record({ do: fc.constantFrom('server-flag' as const, 'local-flag' as const), pick }),
  fc.record({ do: fc.constant('sync' as const) }),
  fc.record({ do: fc.constant('renumber' as const), pick }),
  fc.record({ do: fc.constant('cut' as const), at: fc.nat(60), kill: fc.boolean() }),
  fc.record({ do: fc.constant('lose' as const), bytes: fc.nat(300) }),
);

/** Subjects that the user removed here, and those that may have come back because UIDs were given anew. */
class World extends SyncRoom {
  removed = new Set<string>();
  added = 0;
  epoch = 1000;

  async play(one: Act): Promise<void> {
    if (one.do === 'sync') await this.sync();
    else if (one.do === 'cut') await this.cut(one.at, one.kill);
    else if (one.do === 'lose') await this.lose(one.bytes);
    else if (one.do === 'add') this.inbox.add(mail(`m${this.added++}`), one.pick % 2 ? ['\\Seen'] : []);
    else if (one.do === 'renumber') this.inbox.renumber(++this.epoch, one.pick + 1);
    else await this.change(one.do, one.pick);
  }

  async cut(at: number, kill: boolean): Promise<void> {
    this.files.settle();
    this.files.cutAt = at;
    await this.sync();
    if (kill) this.files.settle();
    else this.files.powerCut();
  }

  async lose(bytes: number): Promise<void> {
    const { options } = this.server;
    this.server.options = { ...options, cutAfterBytes: bytes };
    await this.sync();
    this.server.options = options;
  }

  async change(what: 'expunge' | 'remove' | 'server-flag' | 'local-flag', index: number): Promise<void> {
    const message = this.inbox.messages[index];
    if (message && what === 'expunge') this.inbox.expunge(message.uid);
    if (message && what === 'server-flag') {
      this.inbox.setFlags(message.uid, message.flags.includes('\\Flagged') ? [] : ['\\Flagged', 'work']);
    }
    if (what === 'expunge' || what === 'server-flag' || !(await this.state())) return;
    const maildir = await this.maildir();
    const entry = (await maildir.list()).sort((a, b) => (a.base < b.base ? -1 : 1))[index];
    if (entry && what === 'local-flag') await maildir.setFlags(entry, entry.flags === 'A' ? '' : 'R');
    if (!entry || what !== 'remove') return;
    this.removed.add(await subject(maildir.read(entry)));
    await maildir.remove(entry);
  }
}

async function subject(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of bytes) text += Buffer.from(chunk).toString();
  return /Subject: (.*?)\r/.exec(text)?.[1] ?? '';
}

test.each([
  ['QRESYNC', {}],
  ['CONDSTORE', { qresync: false }],
  ['neither', { qresync: false, condstore: false }],
])('whatever happens, in the end every message of the server is here once (%s)', async (_name, offers) => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 14 }), async (acts) => {
      const world = new World();
      world.inbox.uidvalidity = world.epoch;
      world.server.options = { offers };
      for (const one of acts) await world.play(one);
      expect(await world.sync()).toMatchObject({ result: 'ok' });
      const copy = (await world.copy()).map((line) => line.split('|'));
      const here = copy.map(
        (fields) => `${fields[0]} ${/Subject: (.*?)\r/.exec(fields.slice(4).join('|'))?.[1]}`,
      );
      const there = world.inbox.messages.map(
        (one) => `${one.uid} ${/Subject: (.*?)\r/.exec(one.content.toString())?.[1]}`,
      );
      const missing = there.filter((line) => !here.includes(line));
      expect(missing.filter((line) => !world.removed.has(line.split(' ')[1]!))).toEqual([]);
      const numbered = here.filter((line) => !line.startsWith('?'));
      expect(numbered.filter((line) => !there.includes(line))).toEqual([]);
      expect(new Set(here.map((line) => line.split(' ')[1])).size).toBe(here.length);
      world.server.forgetLog();
      await world.sync();
      expect(world.server.bodies).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
