import type { LineReaderOptions, LiteralPlace } from '../../../mail/imap/wire/line-reader.ts';
import { admitAppend, isAppendMessage, takeAppend } from './commands/append.ts';
import { STRANGER_WIRE, USER_WIRE } from './options.ts';
import { bad, no } from './refusal.ts';
import type { Session } from './session.ts';

/** Says what happens to the literals of commands: refused, kept in memory, or streamed to the store. */
export class LiteralHooks {
  #session: Session | undefined;
  #tag: string | undefined;

  /** The tag of the command that is being read, as soon as it has a literal. */
  get tag(): string | undefined {
    return this.#tag;
  }

  get readerOptions(): LineReaderOptions {
    return {
      limits: STRANGER_WIRE,
      admit: (place) => this.#admit(place),
      take: (place, chunks) => {
        if (!this.#isMessage(place)) return undefined;
        return takeAppend(this.#of, chunks);
      },
    };
  }

  attach(session: Session): void {
    this.#session = session;
  }

  /** A new command is read from here on. */
  begin(): void {
    this.#tag = undefined;
  }

  async #admit(place: LiteralPlace): Promise<void> {
    this.#tag = place.tag;
    const session = this.#of;
    if (!place.synchronising && !session.has('LITERAL+')) throw bad('LITERAL+ is not offered');
    if (!session.account && place.size > (STRANGER_WIRE.maxBufferedLiteral ?? 0))
      throw no('Log in first', 'TOOBIG');
    if (this.#isMessage(place)) await admitAppend(session, place.items, place.size);
    else if (place.size > (USER_WIRE.maxBufferedLiteral ?? 0)) throw no('The literal is too large', 'TOOBIG');
    if (!place.synchronising) return;
    session.output.line('+ Go on');
    await session.output.flush();
  }

  #isMessage(place: LiteralPlace): boolean {
    return this.#session?.account !== undefined && isAppendMessage(place.name, place.items);
  }

  get #of(): Session {
    if (!this.#session) throw bad('Too early');
    return this.#session;
  }
}
