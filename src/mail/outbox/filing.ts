import { MailError } from '../errors.ts';
import { subjectIn } from './letter.ts';
import type { Note, Notes } from './notes.ts';
import type { Missed, RefusedMessage, SentMessage } from './options.ts';
import type { PrepareParts, Ready } from './prepare.ts';
import type { Outcome } from './replies.ts';
import { openSent, type SentFolder } from './sent.ts';
import type { Waiting } from './spool.ts';

/** What became of a message. `held`: refused earlier, and unchanged; `gone`: another program has it under its hands. */
export type Taken =
  | { readonly kind: 'sent'; readonly message: SentMessage }
  | { readonly kind: 'refused'; readonly message: RefusedMessage }
  | { readonly kind: 'left'; readonly error: Error }
  | { readonly kind: 'held' | 'gone' };

export interface FilingParts extends PrepareParts {
  readonly notes: Notes;
}

type Accepted = Omit<Extract<Outcome, { kind: 'accepted' }>, 'kind' | 'later'>;

/** Nobody was asked: earlier sessions have all the answers. */
export const NOBODY: Accepted = { accepted: [], missed: [] };

/** What is done on the disk with what the server said: noted, left, moved to Sent, or flagged for the user. */
export class Filing {
  readonly #parts: FilingParts;
  #sent: SentFolder | undefined;

  constructor(parts: FilingParts) {
    this.#parts = parts;
  }

  /** Makes Sent where it is missing, before anything is sent: what can fail afterwards is a rename. */
  async open(): Promise<SentFolder> {
    this.#sent ??= await openSent(this.#parts.options, this.#parts.files);
    return this.#sent;
  }

  /** Durable when it resolves. `known` is what an earlier session noted. */
  async note(waiting: Waiting, known: Note | undefined, change: Partial<Note> & { reason: string }) {
    const when = this.#parts.options.clock.now();
    const { accepted = [], refused = [], trying = false, cutOff = 0 } = known ?? {};
    const fresh = { when, permanent: false, trying, cutOff, accepted, refused };
    await this.#parts.notes.write(waiting, { ...fresh, ...change });
  }

  /** For the next session. `answers` are those of this one, where some have it already. */
  async leave({ waiting, known, letter }: Ready, reason: string, answers = NOBODY): Promise<Taken> {
    await this.note(waiting, known, { reason, ...together(known, answers) });
    const error = new MailError(`"${letter.subject}" waits: ${reason}`, {
      code: 'server-refused',
      temporary: true,
      fields: { base: waiting.entry.base },
    });
    return { kind: 'left', error };
  }

  /** Everybody has answered, and somebody is to get it. */
  async file({ waiting, known, letter, measure }: Ready, answers: Accepted): Promise<Taken> {
    const { spool, notes } = this.#parts;
    const { base } = waiting.entry;
    const { accepted, refused } = together(known, answers);
    const noted = () => this.note(waiting, known, { reason: missedInWords(refused), accepted, refused });
    // Before the move: the power may go right after it, and then nobody would hear of those who do not get it.
    if (refused.length > 0) await noted();
    const sent = await this.open();
    const { file, base: after } = sent.name(measure.stored);
    await spool.moveOut(waiting.entry, sent.directory, file).catch(async (error: unknown) => {
      await noted().catch(() => {});
      throw error;
    });
    if (refused.length > 0) await notes.filed(base, after);
    const told = { base, subject: letter.subject, accepted: accepted.length, missed: refused };
    return { kind: 'sent', message: { ...told, perhapsTwice: known?.trying ?? false } };
  }

  /** Refused for good; where some have it from an earlier session it is sent, though not to the others. */
  async refuseReady(ready: Ready, reason: string, missed: readonly Missed[]): Promise<Taken> {
    const { known, envelope, waiting } = ready;
    if (!known || known.accepted.length === 0) return this.refuse(waiting, reason, missed);
    const reasons = new Map(missed.map((one) => [one.address, one.reason]));
    const others = envelope.recipients.map((address) => ({
      address,
      reason: reasons.get(address) ?? reason,
    }));
    return this.file(ready, { accepted: [], missed: others });
  }

  /** The note first: a flag without a note would be the user's own, and no reason not to send. */
  async refuse(waiting: Waiting, reason: string, refused: readonly Missed[]): Promise<Taken> {
    const { spool, files } = this.#parts;
    const { entry } = waiting;
    const subject = await subjectIn(spool.pathOf(entry), waiting, files);
    await this.note(waiting, undefined, { reason, permanent: true, refused: [...refused] });
    await spool.flag(entry, 'F');
    return { kind: 'refused', message: { base: entry.base, subject, reason } };
  }
}

/** This session's answers with those of earlier ones. */
function together(
  known: Note | undefined,
  { accepted, missed }: Accepted,
): Pick<Note, 'accepted' | 'refused'> {
  return {
    accepted: [...(known?.accepted ?? []), ...accepted],
    refused: [...(known?.refused ?? []), ...missed],
  };
}

function missedInWords(missed: readonly Missed[]): string {
  if (missed.length === 0) return 'sent; it could not be moved to the mailbox of what was sent';
  const all = missed.map(({ address, reason }) => `${address}: ${reason}`);
  return `sent, but not to everybody: ${all.join('; ')}`;
}
