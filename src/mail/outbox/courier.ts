import { asError, codeOf } from '../../base/errors.ts';
import { MailError } from '../errors.ts';
import { sentBytes, subjectIn } from './letter.ts';
import type { Note, Notes } from './notes.ts';
import type { Missed, RefusedMessage, SentMessage } from './options.ts';
import { type PrepareParts, prepare, type Ready } from './prepare.ts';
import type { Outcome } from './replies.ts';
import { openSent, type SentFolder } from './sent.ts';
import type { Waiting } from './spool.ts';
import { Submission } from './submission.ts';

/** What became of a message. `held`: refused earlier, and unchanged; `gone`: another program has it under its hands. */
export type Taken =
  | { readonly kind: 'sent'; readonly message: SentMessage }
  | { readonly kind: 'refused'; readonly message: RefusedMessage }
  | { readonly kind: 'left'; readonly error: Error }
  | { readonly kind: 'held' | 'gone' };

export interface CourierParts extends PrepareParts {
  readonly notes: Notes;
}

type Accepted = Extract<Outcome, { kind: 'accepted' }>;

/** Takes messages one at a time from the Outbox to the server, and from there to Sent. */
export class Courier implements AsyncDisposable {
  readonly #parts: CourierParts;
  #submission: Submission | undefined;
  #sent: SentFolder | undefined;

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  /** Of the connection, if there was one. */
  cost() {
    return this.#submission?.cost();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#submission?.[Symbol.asyncDispose]();
  }

  /** Rejects when nothing more can be sent in this session: connection, account or disk. */
  async take(waiting: Waiting): Promise<Taken> {
    const note = this.#parts.notes.on(waiting);
    if (note?.permanent && waiting.entry.flags.includes('F')) return { kind: 'held' };
    // A refused one whose flag is gone is tried again, for everybody.
    const known = note?.permanent ? undefined : note;
    const prepared = prepare(this.#parts, waiting, known);
    const ready = await prepared.catch((error: unknown) => this.#notReady(waiting, error));
    if ('kind' in ready) return ready;
    if (ready.envelope.recipients.length === 0) return this.#file(ready, NOBODY);
    const refusal = refusedBefore(ready, (await this.#connected()).offers);
    if (refusal !== undefined) return this.#refuse(ready.waiting, refusal, []);
    return this.#settle(ready, await this.#handOver(ready));
  }

  async #notReady(waiting: Waiting, error: unknown): Promise<Taken> {
    if (codeOf(error) === 'message-refused') return this.#refuse(waiting, asError(error).message, []);
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'message-gone') return { kind: 'gone' };
    throw error;
  }

  async #connected(): Promise<Submission> {
    if (this.#submission) return this.#submission;
    this.#submission = new Submission(this.#parts.options);
    await this.#submission.open();
    return this.#submission;
  }

  async #handOver({ waiting, known, letter, envelope, measure }: Ready): Promise<Outcome> {
    const { files, options } = this.#parts;
    const submission = await this.#connected();
    // Made before anything is sent: what could fail afterwards is a rename.
    await this.#sentFolder();
    const reason = 'an attempt was cut off: it may have been sent already';
    await this.#note(waiting, known, { reason, trying: true });
    const { sent: size, eightBit } = measure;
    options.log.debug({ bytes: size, recipients: envelope.recipients.length }, 'Submitting a message');
    return submission.send({ envelope, size, eightBit, bytes: sentBytes(letter, files) });
  }

  async #settle(ready: Ready, outcome: Outcome): Promise<Taken> {
    const { waiting, known, letter } = ready;
    if (outcome.kind === 'refused') return this.#refuse(waiting, outcome.reason, outcome.missed);
    if (outcome.kind === 'accepted') return this.#accepted(ready, outcome);
    if (outcome.kind === 'later') return this.#leave(ready, outcome.reason, {});
    // What is not certain stays as it was noted before the attempt.
    if (outcome.handed) throw perhapsSent(outcome.error, letter.subject);
    const trying = known?.trying ?? false;
    await this.#note(waiting, known, { reason: outcome.error.message, trying });
    throw outcome.error;
  }

  async #accepted(ready: Ready, outcome: Accepted): Promise<Taken> {
    const [one] = outcome.later;
    if (!one) return this.#file(ready, outcome);
    const { accepted, refused } = together(ready.known, outcome);
    return this.#leave(ready, `${one.address}: ${one.reason}`, { accepted, refused });
  }

  async #leave({ waiting, known, letter }: Ready, reason: string, more: Partial<Note>): Promise<Taken> {
    await this.#note(waiting, known, { reason, ...more });
    const error = new MailError(`"${letter.subject}" waits: ${reason}`, {
      code: 'server-refused',
      temporary: true,
      fields: { base: waiting.entry.base },
    });
    return { kind: 'left', error };
  }

  /** Everybody has answered, and somebody is to get it. */
  async #file({ waiting, known, letter, measure }: Ready, outcome: Accepted): Promise<Taken> {
    const { spool, notes } = this.#parts;
    const { base } = waiting.entry;
    const { accepted, refused } = together(known, outcome);
    const noted = () => this.#note(waiting, known, { reason: missedInWords(refused), accepted, refused });
    // Before the move: the power may go right after it, and then nobody would hear of those who do not get it.
    if (refused.length > 0) await noted();
    const sent = await this.#sentFolder();
    const { file, base: after } = sent.name(measure.stored);
    await spool.moveOut(waiting.entry, sent.directory, file).catch(async (error: unknown) => {
      await noted().catch(() => {});
      throw error;
    });
    if (refused.length > 0) await notes.filed(base, after);
    const perhapsTwice = known?.trying ?? false;
    const message = {
      base,
      subject: letter.subject,
      accepted: accepted.length,
      missed: refused,
      perhapsTwice,
    };
    return { kind: 'sent', message };
  }

  /** The note first: a flag without a note would be the user's own, and no reason not to send. */
  async #refuse(waiting: Waiting, reason: string, refused: readonly Missed[]): Promise<Taken> {
    const { spool, files } = this.#parts;
    const { entry } = waiting;
    const subject = await subjectIn(spool.pathOf(entry), waiting, files);
    await this.#note(waiting, undefined, { reason, permanent: true, refused: [...refused] });
    await spool.flag(entry, 'F');
    return { kind: 'refused', message: { base: entry.base, subject, reason } };
  }

  async #note(waiting: Waiting, known: Note | undefined, change: Partial<Note> & { reason: string }) {
    const when = this.#parts.options.clock.now();
    const { accepted = [], refused = [] } = known ?? {};
    const fresh = { when, permanent: false, trying: false, accepted, refused };
    await this.#parts.notes.write(waiting, { ...fresh, ...change });
  }

  async #sentFolder(): Promise<SentFolder> {
    const { files, options } = this.#parts;
    const { root, sentMailbox = 'Sent', clock } = options;
    this.#sent ??= await openSent(root, sentMailbox, files, clock);
    return this.#sent;
  }
}

const NOBODY: Accepted = { kind: 'accepted', accepted: [], missed: [], later: [] };

/** What this server cannot take, by its own words. */
function refusedBefore({ envelope, measure }: Ready, offers: Submission['offers']): string | undefined {
  const { size = Number.POSITIVE_INFINITY, smtpUtf8 } = offers;
  if (measure.sent > size) return `it has ${measure.sent} bytes, and the server takes at most ${size}`;
  const foreign = [envelope.sender, ...envelope.recipients].find((one) => /[^\p{ASCII}]/u.test(one));
  return foreign && !smtpUtf8 ? `the server takes no address beyond ASCII: ${foreign}` : undefined;
}

/** This attempt's answers with those of earlier ones. */
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
  const all = missed.map(({ address, reason }) => `${address}: ${reason}`);
  return `sent, but not to everybody: ${all.join('; ')}`;
}

function perhapsSent(error: Error, subject: string): MailError {
  const message = `${error.message}; "${subject}" may have been sent already: it is tried again with the same Message-ID`;
  return new MailError(message, { code: 'session-lost', temporary: true, cause: error });
}
