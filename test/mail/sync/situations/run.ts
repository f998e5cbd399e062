import { contentOf, dateOf, flagsOf, lettersOf, line } from './content.ts';
import { MAILBOXES, play, type Scene } from './scene.ts';
import { messagesIn, SITUATIONS, type Situation } from './table.ts';

/** Servers without one extension or another. */
export const OFFERS = {
  'with all extensions': {},
  'without QRESYNC': { qresync: false },
  'without CONDSTORE': { qresync: false, condstore: false },
  'without UIDPLUS': { uidplus: false },
  'without MOVE': { move: false },
  'without any': { qresync: false, condstore: false, uidplus: false, move: false, compress: false },
} as const;

/** A stage on which the situation is set: the next synchronisation is the one that is looked at. */
export async function started<T extends Scene>(
  name: string,
  make: () => T | Promise<T>,
): Promise<{ stage: T; situation: Situation; end: string[]; endHere: string[] }> {
  const situation = SITUATIONS[name] as Situation;
  const stage = await make();
  for (const [mailbox, message, flags] of messagesIn(situation.start))
    await stage.there.add(mailbox, message, flags);
  await stage.sync(MAILBOXES);
  for (const step of situation.do) await play(stage, step);
  const end = linesOf(situation.end);
  return { stage, situation, end, endHere: linesOf(situation.here ?? situation.end) };
}

/** How the mailboxes end. */
export function expectedResults({ sync = MAILBOXES, results = {} }: Situation): string[] {
  return sync.map((mailbox) => results[mailbox] ?? 'ok');
}

/** The lines that both sides are to have. */
function linesOf(text: string): string[] {
  return messagesIn(text)
    .map(([mailbox, name, flags]) => {
      const [letters = '', ...keywords] = flags.split('+');
      const known = name === 'twin' ? 'twin1' : name;
      return line(mailbox, contentOf(known), lettersOf([...flagsOf(letters), ...keywords]), dateOf(known));
    })
    .sort();
}
