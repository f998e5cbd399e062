import { MailError } from '../../errors.ts';
import type { NewMessage, Placed } from '../../session.ts';
import type { UidSet } from '../../uid-set.ts';
import type { Capabilities } from '../capabilities.ts';
import type { Command, CommandPart } from '../command.ts';
import { isPassing } from '../dialogue.ts';
import { formatInternalDate } from '../wire/internal-date.ts';
import { type Item, numberOf, textOf } from '../wire/items.ts';
import { encodeMailboxName } from '../wire/mailbox-name.ts';
import type { DataResponse, StatusResponse } from '../wire/response-reader.ts';
import { parseSequenceSet } from '../wire/sequence-set.ts';
import { astring, flagList } from '../wire/strings.ts';
import { confused } from '../wire/wire-error.ts';

/** APPEND, COPY and MOVE: what must never be sent a second time unasked, for it would be there twice. */
class PlaceCommand implements Command<Placed | undefined> {
  readonly verb;
  readonly parts;
  readonly delivered = true;
  readonly #mailbox: string;
  readonly #moved: UidSet | undefined;
  #placed: Placed | undefined;

  /** `moved`: what MOVE was asked to move. */
  constructor(verb: string, mailbox: string, parts: readonly CommandPart[], moved?: UidSet) {
    this.verb = verb;
    this.parts = parts;
    this.#mailbox = mailbox;
    this.#moved = moved;
  }

  /**
   * MOVE tells its COPYUID ahead of the tagged answer (RFC 6851 4.3); Dovecot tells those of several commands, and then their
   * answers.
   */
  data(response: DataResponse | StatusResponse): void {
    if (response.kind !== 'status' || response.code?.name !== 'COPYUID') return;
    const placed = copied(response.code.items);
    if (placed.uids.every(([before]) => this.#moved?.has(before))) this.#placed = placed;
  }

  result(completion: StatusResponse): Placed | undefined {
    this.#note(completion);
    return this.#placed;
  }

  refused({ status, text, code, ...rest }: StatusResponse): never {
    const missing = code?.name === 'TRYCREATE' || code?.name === 'NONEXISTENT';
    throw new MailError(`${this.verb} to ${this.#mailbox}: ${status} ${text}`, {
      code: status === 'BAD' ? 'server-confused' : missing ? 'no-mailbox' : 'server-refused',
      temporary: isPassing({ status, text, code, ...rest }),
      fields: { mailbox: this.#mailbox, response: code?.name },
    });
  }

  #note({ code }: StatusResponse): void {
    if (code?.name === 'APPENDUID') this.#placed = appended(code.items);
    else if (code?.name === 'COPYUID') this.#placed = copied(code.items);
  }
}

export function appendCommand(
  mailbox: string,
  message: NewMessage,
  capabilities: Capabilities,
): Command<Placed | undefined> {
  const flags = message.flags.length > 0 ? `${flagList(message.flags)} ` : '';
  const date = formatInternalDate(message.internalDate);
  const place = [` ${flags}"${date}" `, { literal: message.content }];
  return new PlaceCommand('APPEND', mailbox, ['APPEND ', nameFor(mailbox, capabilities), ...place]);
}

export function transferCommand(
  uids: UidSet,
  mailbox: string,
  how: 'copy' | 'move',
  capabilities: Capabilities,
): Command<Placed | undefined> {
  const verb = how === 'move' ? 'UID MOVE' : 'UID COPY';
  const parts = [`${verb} ${uids} `, nameFor(mailbox, capabilities)];
  return new PlaceCommand(verb, mailbox, parts, how === 'move' ? uids : undefined);
}

/** CREATE; that it is there already is no failure (RFC 9051 6.3.4). */
export function createCommand(mailbox: string, capabilities: Capabilities): Command<void> {
  return {
    verb: 'CREATE',
    parts: ['CREATE ', nameFor(mailbox, capabilities)],
    result: () => {},
    refused: ({ status, text, code }) => {
      if (code?.name === 'ALREADYEXISTS') return;
      throw new MailError(`CREATE ${mailbox}: ${status} ${text}`, {
        code: status === 'NO' ? 'no-mailbox' : 'server-confused',
        fields: { mailbox, response: code?.name },
      });
    },
  };
}

/** RFC 9051 5.1: names are UTF-8 only where IMAP4rev2 is all there is. */
export function nameFor(mailbox: string, capabilities: Capabilities): CommandPart {
  return astring(capabilities.has('IMAP4REV1') ? encodeMailboxName(mailbox) : mailbox);
}

function appended([uidvalidity, uid]: readonly Item[]): Placed | undefined {
  const [epoch, now] = [numberOf(uidvalidity), numberOf(uid)];
  return epoch && now ? { uidvalidity: epoch, uids: [[0, now]] } : undefined;
}

/** RFC 4315 3: both sets name as many messages, in the same order; ranges may run downwards there. */
function copied([uidvalidity, from, to]: readonly Item[]): Placed {
  const before = inOrder(textOf(from));
  const now = inOrder(textOf(to));
  const epoch = numberOf(uidvalidity);
  if (!epoch || before.length !== now.length) throw confused('server-confused', 'COPYUID does not add up');
  return { uidvalidity: epoch, uids: before.map((uid, index) => [uid, now[index] as number] as const) };
}

function inOrder(set: string | undefined): number[] {
  if (!set) return [];
  return set.split(',').flatMap((range) => {
    const uids = [...parseSequenceSet(range, 0, 'server-confused')];
    return uids[0] === Number(range.split(':')[0]) ? uids : uids.reverse();
  });
}
