import fc from 'fast-check';
import { expect } from 'vitest';
import type { Offers } from '../../../../src/mail/session.ts';
import { MemoryStage } from './memory-stage.ts';
import { MAILBOXES, play } from './scene.ts';

/** What happens next; numbers pick among what is there then. */
export type Act =
  | {
      readonly do: 'add' | 'flag' | 'unflag' | 'remove' | 'move' | 'copy';
      readonly here: boolean;
      readonly pick: number;
    }
  | { readonly do: 'sync' | 'look' | 'renumber'; readonly pick: number }
  | { readonly do: 'power cut' | 'kill' | 'before a command' | 'after a command'; readonly pick: number };

const pick = fc.nat(59);
export const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('add' as const, 'flag' as const, 'unflag' as const),
      here: fc.boolean(),
      pick,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('remove' as const, 'move' as const, 'copy' as const),
      here: fc.boolean(),
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('sync' as const, 'sync' as const, 'look' as const), pick }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'power cut' as const,
        'kill' as const,
        'before a command' as const,
        'after a command' as const,
      ),
      pick,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renumber' as const), pick }) },
);

const LETTERS = ['S', 'F', 'R', 'FS', 'T'];

/** Clients at both sides, and a device whose power and connection may go. */
export class RandomWorld {
  readonly stage: MemoryStage;
  readonly removed = new Set<string>();
  /** How often each message may be there. */
  readonly most = new Map<string, number>();
  renumbered = false;

  readonly #offers: Partial<Offers>;

  constructor(offers: Partial<Offers>) {
    this.#offers = offers;
    this.stage = new MemoryStage(offers);
  }

  /** In step, with some mail. */
  async begin(): Promise<void> {
    for (const pick of [0, 1, 2, 3]) await this.change({ do: 'add', here: false, pick });
    await this.stage.sync(MAILBOXES);
  }

  async play(one: Act): Promise<void> {
    if (one.do === 'sync') await this.stage.sync(MAILBOXES.slice(0, 1 + (one.pick % 3)));
    else if (one.do === 'look') await this.stage.here.look('INBOX');
    else if (one.do === 'renumber') await this.renumber(one.pick);
    else if ('here' in one) await this.change(one);
    else await this.cut(one.do, one.pick);
  }

  async renumber(choice: number): Promise<void> {
    this.renumbered = true;
    await this.stage.there.renumber(MAILBOXES[choice % 3] as string);
  }

  async cut(how: Exclude<Act['do'], 'add'>, at: number): Promise<void> {
    const { room } = this.stage;
    room.files.settle();
    if (how === 'before a command') this.stage.serve({ cutAtCommand: at % 12 });
    else if (how === 'after a command') this.stage.serve({ cutAfterCommand: at % 12 });
    else room.files.cutAt = at;
    await this.stage.sync(MAILBOXES);
    if (how === 'power cut') room.files.powerCut();
    else room.files.settle();
    this.stage.serve();
  }

  async change({ do: what, here, pick: choice }: Extract<Act, { here: boolean }>): Promise<void> {
    const where = here ? 'here' : 'there';
    if (what === 'add') {
      const name = `m${this.most.size}`;
      this.most.set(name, 1);
      await play(this.stage, `${where} add ${name}:${choice % 2 ? 'S' : ''}@${MAILBOXES[choice % 3]}`);
      return;
    }
    const lines = await this.stage[where].lines();
    if (lines.length === 0) return;
    const [mailbox, described] = (lines[choice % lines.length] as string).split(' ') as [string, string];
    const name = described.replace(/:.*/, '');
    const other = MAILBOXES[(MAILBOXES.indexOf(mailbox) + 1 + (choice % 2)) % 3];
    if (what === 'remove') this.removed.add(name);
    if (what === 'copy' || what === 'move') this.most.set(name, (this.most.get(name) ?? 1) + 1);
    const more = what === 'move' || what === 'copy' ? other : LETTERS[choice % LETTERS.length];
    await play(this.stage, `${where} ${what} ${name}@${mailbox} ${what === 'remove' ? '' : more}`);
  }

  /** After everything, both sides are the same; nothing is lost that nobody removed, and nothing is there too often. */
  async ends(): Promise<void> {
    for (let time = 0; time < 3; time += 1) {
      const results = await this.stage.sync(MAILBOXES);
      expect(results.filter((one) => one !== 'ok')).toEqual([]);
    }
    const there = await this.stage.there.lines();
    const here = await this.stage.here.lines();
    // What a server lost while it gave all UIDs anew stays here: it may have come back from a backup. So does what it took
    // without telling the UID, and somebody removed before we saw it.
    if (this.renumbered || this.#offers.uidplus === false)
      expect(here).toEqual(expect.arrayContaining(there));
    else expect(here).toEqual(there);
    const counts = new Map<string, number>();
    for (const line of there) {
      const name = line.split(' ')[1]?.replace(/:.*/, '') as string;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [name, most] of this.most) {
      expect([name, counts.get(name) ?? 0]).toSatisfy(([, count]) => count <= most);
      if (!this.removed.has(name)) expect([name, counts.get(name) ?? 0]).toSatisfy(([, count]) => count >= 1);
    }
    this.stage.room.server.forgetLog();
    await this.stage.sync(MAILBOXES);
    expect(this.stage.room.server.bodies).toEqual([]);
    expect(await this.stage.there.lines()).toEqual(there);
  }
}

/** Runs `numRuns` random histories. */
export async function histories(offers: Partial<Offers>, numRuns: number, seed?: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 24 }), async (acts) => {
      const world = new RandomWorld(offers);
      await world.begin();
      for (const one of acts) await world.play(one);
      await world.ends();
    }),
    { numRuns, ...(seed === undefined ? {} : { seed }) },
  );
}
