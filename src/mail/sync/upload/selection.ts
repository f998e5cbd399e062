import { MailError } from '../../errors.ts';
import type { MailSession } from '../../session.ts';
import type { Copy } from '../copy.ts';

/**
 * A session whose selected mailbox is changed by one at a time: a command for one mailbox can never reach another, whoever else
 * waits for an answer meanwhile.
 */
export class Selection {
  /** For commands that need no mailbox selected. */
  readonly session: MailSession;
  #mailbox: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(session: MailSession) {
    this.session = session;
  }

  /** SELECT for this mailbox was sent. */
  note(mailbox: string): void {
    this.#mailbox = mailbox;
  }

  /**
   * Sends commands with this copy's mailbox selected: all that `start` sends before it first waits; the next one's may follow at
   * once. MailError `renumbered` (temporary): its UIDs are others by now.
   */
  send<T>(copy: Copy, start: (session: MailSession) => Promise<T>): Promise<T> {
    const started = this.#inTurn(copy, async (session) => ({ answer: start(session) }));
    return started.then(({ answer }) => answer);
  }

  /** The same, and nobody else sends anything until `work` is done. */
  hold<T>(copy: Copy, work: (session: MailSession) => Promise<T>): Promise<T> {
    return this.#inTurn(copy, work);
  }

  #inTurn<T>(copy: Copy, work: (session: MailSession) => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => work(await this.#select(copy)));
    this.#turn = done.catch(() => {});
    return done;
  }

  async #select({ mailbox, state }: Copy): Promise<MailSession> {
    if (this.#mailbox === mailbox) return this.session;
    this.#mailbox = undefined;
    const { uidvalidity } = await this.session.select(mailbox);
    if (uidvalidity !== state.uidvalidity) {
      throw new MailError(`${mailbox}: the server numbered its messages anew in the middle of a session`, {
        code: 'renumbered',
        temporary: true,
        fields: { mailbox, before: state.uidvalidity, now: uidvalidity },
      });
    }
    this.#mailbox = mailbox;
    return this.session;
  }
}
