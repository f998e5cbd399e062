import { conflicts } from './table/conflicts.ts';
import { filing } from './table/filing.ts';
import { fromHere } from './table/from-here.ts';
import { fromThere } from './table/from-there.ts';
import { guarded } from './table/guarded.ts';
import { hard } from './table/hard.ts';
import { interrupted } from './table/interrupted.ts';
import { odd } from './table/odd.ts';
import { renumbered } from './table/renumbered.ts';

/**
 * Both sides hold `start` and are in step (`a:FS b; Archive x`: messages with flags, INBOX where no mailbox is named); then the
 * lines of `do` are played (see scene.ts); after one synchronisation both sides hold `end`.
 */
export interface Situation {
  readonly start: string;
  readonly do: readonly string[];
  readonly end: string;
  /** What is then here, where that is something else. */
  readonly here?: string;
  /** Mailboxes that are asked for; default all. */
  readonly sync?: readonly string[];
  /** Mailboxes in which the user confirmed that many messages go. */
  readonly accept?: readonly string[];
  /** Mailboxes that do not end as `ok`, by what they end as. */
  readonly results?: Readonly<Record<string, string>>;
}

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  ...fromThere,
  ...fromHere,
  ...filing,
  ...conflicts,
  ...renumbered,
  ...odd,
  ...hard,
  ...guarded,
  ...interrupted,
};

/** `a:FS b; Archive x` to `[['INBOX', 'a', 'FS'], ...]`. */
export function messagesIn(text: string): (readonly [mailbox: string, name: string, flags: string])[] {
  return text.split(';').flatMap((part) => {
    const words = part.trim().split(' ').filter(Boolean);
    const mailbox = /^[A-Z]/.test(words[0] ?? '') ? (words.shift() as string) : 'INBOX';
    return words.map((word) => {
      const [name = '', flags = ''] = word.split(':');
      return [mailbox, name, flags] as const;
    });
  });
}
