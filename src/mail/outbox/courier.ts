import { asError, codeOf } from '../../base/errors.ts';
import { MailError } from '../errors.ts';
import { Filing, type FilingParts, NOBODY, type Taken } from './filing.ts';
import { sentBytes } from './letter.ts';
import type { Offers } from './offers.ts';
import { prepare, type Ready } from './prepare.ts';
import type { Lost, Outcome } from './replies.ts';
import type { Waiting } from './spool.ts';
import { Submission } from './submission.ts';

/** More bytes than this, gone up for nothing, are counted, and so often only: a link that is too slow would pay for them for ever. */
const MUCH = 100_000;
const MOST_CUT_OFF = 3;

const IN_DOUBT = 'an attempt was cut off: it may have been sent already';

/** Takes messages one at a time from the Outbox to the server, over one connection, opened for the first. */
export class Courier implements AsyncDisposable {
  readonly #parts: FilingParts;
  readonly #filing: Filing;
  #submission: Submission | undefined;

  constructor(parts: FilingParts) {
    this.#parts = parts;
    this.#filing = new Filing(parts);
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
    if (ready.envelope.recipients.length === 0) return this.#filing.file(ready, NOBODY);
    await this.#filing.open();
    const refusal = refusedBefore(ready, (await this.#connected()).offers);
    if (refusal !== undefined) return this.#filing.refuseReady(ready, refusal, []);
    return this.#settle(ready, await this.#handOver(ready));
  }

  async #notReady(waiting: Waiting, error: unknown): Promise<Taken> {
    if (codeOf(error) === 'message-refused') return this.#filing.refuse(waiting, asError(error).message, []);
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
    await this.#filing.note(waiting, known, { reason: IN_DOUBT, trying: true });
    const { sent: size, eightBit } = measure;
    options.log.debug({ bytes: size, recipients: envelope.recipients.length }, 'Submitting a message');
    return submission.send({ envelope, size, eightBit, bytes: sentBytes(letter, files) });
  }

  async #settle(ready: Ready, outcome: Outcome): Promise<Taken> {
    if (outcome.kind === 'lost') return this.#cutOff(ready, outcome);
    if (outcome.kind === 'later') return this.#filing.leave(ready, outcome.reason);
    if (outcome.kind === 'refused') return this.#filing.refuseReady(ready, outcome.reason, outcome.missed);
    const [one] = outcome.later;
    return one
      ? this.#filing.leave(ready, `${one.address}: ${one.reason}`, outcome)
      : this.#filing.file(ready, outcome);
  }

  async #cutOff(ready: Ready, { error, bytes, handed }: Lost): Promise<Taken> {
    const { waiting, known, letter, measure } = ready;
    const cutOff = (known?.cutOff ?? 0) + (bytes > MUCH ? 1 : 0);
    const far = `cut off ${cutOff} times, the last time after about ${bytes} of ${measure.sent} bytes`;
    if (cutOff >= MOST_CUT_OFF) return this.#filing.refuseReady(ready, `${far}: ${error.message}`, []);
    const trying = handed || (known?.trying ?? false);
    await this.#filing.note(waiting, known, { reason: handed ? IN_DOUBT : error.message, cutOff, trying });
    throw handed ? perhapsSent(error, letter.subject) : error;
  }
}

/** What this server cannot take, by its own words. */
function refusedBefore({ envelope, measure }: Ready, offers: Offers): string | undefined {
  const { size = Number.POSITIVE_INFINITY, smtpUtf8 } = offers;
  if (measure.sent > size) return `it has ${measure.sent} bytes, and the server takes at most ${size}`;
  const foreign = [envelope.sender, ...envelope.recipients].find((one) => /[^\p{ASCII}]/u.test(one));
  return foreign && !smtpUtf8 ? `the server takes no address beyond ASCII: ${foreign}` : undefined;
}

function perhapsSent(error: Error, subject: string): MailError {
  const message = `${error.message}; "${subject}" may have been sent already: it is tried again with the same Message-ID`;
  return new MailError(message, { code: 'session-lost', temporary: true, cause: error });
}
