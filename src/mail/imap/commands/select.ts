import { MailError } from '../../errors.ts';
import type { FlagUpdate, Known, Selected } from '../../session.ts';
import { UidSet } from '../../uid-set.ts';
import type { Capabilities } from '../capabilities.ts';
import type { Command } from '../command.ts';
import { isPassing } from '../dialogue.ts';
import { flagUpdateIn } from '../fetch-data.ts';
import { keywordOf, listOf, modseqOf, numberOf, textOf } from '../wire/items.ts';
import type { DataResponse, StatusResponse } from '../wire/response-reader.ts';
import { parseSequenceSet } from '../wire/sequence-set.ts';
import { confused } from '../wire/wire-error.ts';
import { nameFor } from './place.ts';

/** Known UIDs spare the server guessing, but cost bytes going up: longer sets are left out. */
const MAX_KNOWN_UIDS = 200;

/** SELECT, with all changes since `known` where the server has QRESYNC (RFC 7162 3.2.5). */
export class SelectCommand implements Command<Selected> {
  readonly verb = 'SELECT';
  readonly selects = true;
  readonly parts;
  readonly #mailbox: string;
  readonly #known: Known | undefined;
  readonly #askedForChanges: boolean;
  #uidvalidity: number | undefined;
  #uidnext: number | undefined;
  #exists: number | undefined;
  #highestModseq: bigint | undefined;
  #changed = new Map<number, FlagUpdate>();
  #vanished: UidSet = UidSet.empty;

  constructor(mailbox: string, known: Known | undefined, capabilities: Capabilities) {
    this.#mailbox = mailbox;
    this.#known = known;
    const parameter = selectParameter(known, capabilities);
    this.#askedForChanges = parameter.startsWith(' (QRESYNC');
    this.parts = ['SELECT ', nameFor(mailbox, capabilities), parameter];
  }

  data(response: DataResponse | StatusResponse): void {
    if (response.kind === 'status') this.#status(response);
    else if (response.name === 'EXISTS') this.#exists = response.number;
    else if (response.name === 'FETCH') this.#fetched(response);
    else if (response.name === 'VANISHED') this.#gone(response);
  }

  result(completion: StatusResponse): Selected {
    this.#status(completion);
    if (this.#uidvalidity === undefined || this.#uidnext === undefined || this.#exists === undefined) {
      throw confused('server-confused', 'SELECT gave no UIDVALIDITY, UIDNEXT or EXISTS');
    }
    const resynced =
      this.#askedForChanges &&
      this.#uidvalidity === this.#known?.uidvalidity &&
      this.#highestModseq !== undefined;
    return {
      uidvalidity: this.#uidvalidity,
      uidnext: this.#uidnext,
      exists: this.#exists,
      highestModseq: this.#highestModseq,
      resynced,
      changed: resynced ? [...this.#changed.values()] : [],
      vanished: resynced ? this.#vanished : UidSet.empty,
    };
  }

  refused(completion: StatusResponse): never {
    const { status, text, code } = completion;
    const gone = status === 'NO' && !isPassing(completion);
    throw new MailError(`SELECT ${this.#mailbox}: ${status} ${text}`, {
      code: status === 'BAD' ? 'server-confused' : gone ? 'no-mailbox' : 'server-refused',
      temporary: isPassing(completion),
      fields: { mailbox: this.#mailbox, response: code?.name },
    });
  }

  #status({ code }: StatusResponse): void {
    if (code?.name === 'CLOSED') this.#forget();
    else if (code?.name === 'UIDVALIDITY') this.#uidvalidity = numberOf(code.items[0]);
    else if (code?.name === 'UIDNEXT') this.#uidnext = numberOf(code.items[0]);
    else if (code?.name === 'NOMODSEQ') this.#highestModseq = undefined;
    else if (code?.name === 'HIGHESTMODSEQ') this.#highestModseq = modseqOf(code.items[0]) || undefined;
  }

  /** RFC 7162 3.2.11: what came until [CLOSED] belongs to the mailbox selected before. */
  #forget(): void {
    this.#exists = undefined;
    this.#changed.clear();
    this.#vanished = UidSet.empty;
  }

  #fetched(response: DataResponse): void {
    const update = flagUpdateIn(response);
    if (update) this.#changed.set(update.uid, update);
  }

  #gone({ items }: DataResponse): void {
    const earlier = keywordOf(listOf(items[0])?.[0]) === 'EARLIER';
    const uids = textOf(items[earlier ? 1 : 0]);
    if (uids === undefined) throw confused('server-confused', 'VANISHED names no UIDs');
    this.#vanished = this.#vanished.union(parseSequenceSet(uids, 0, 'server-confused'));
  }
}

function selectParameter(known: Known | undefined, capabilities: Capabilities): string {
  if (!capabilities.qresync) return capabilities.condstore ? ' (CONDSTORE)' : '';
  if (known?.modseq === undefined || known.modseq < 1n) return '';
  const uids = known.uids.toString();
  const named = uids.length > 0 && uids.length < MAX_KNOWN_UIDS ? ` ${uids}` : '';
  return ` (QRESYNC (${known.uidvalidity} ${known.modseq}${named}))`;
}
