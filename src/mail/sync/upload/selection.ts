import { MailError } from '../../errors.ts';
import type { MailSession } from '../../session.ts';
import type { Copy } from '../copy.ts';

/** A session and the mailbox that is selected in it. */
export class Selection {
  readonly session: MailSession;
  #mailbox: string | undefined;

  constructor(session: MailSession) {
    this.session = session;
  }

  /** SELECT for this mailbox was sent. */
  note(mailbox: string): void {
    this.#mailbox = mailbox;
  }

  /** The session with this copy's mailbox selected. MailError `renumbered` (temporary): its UIDs are others by now. */
  async on({ mailbox, state }: Copy): Promise<MailSession> {
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
