import type { Capabilities } from '../capabilities.ts';
import type { Command } from '../command.ts';
import { listOf, textOf } from '../wire/items.ts';
import { decodeMailboxName } from '../wire/mailbox-name.ts';
import type { DataResponse, StatusResponse } from '../wire/response-reader.ts';

/** What mailboxes are for, where the server does not say it (RFC 6154 2): names that are common. */
const COMMON: readonly (readonly [role: string, names: RegExp])[] = [
  ['\\Sent', /^sent(?: items| messages| mail)?$/i],
  ['\\Drafts', /^drafts?$/i],
  ['\\Trash', /^(?:trash|deleted(?: items| messages)?)$/i],
  ['\\Archive', /^archives?$/i],
  ['\\Junk', /^(?:junk(?: e-mail)?|spam)$/i],
];

/** Which mailbox is for what, by attribute: `\Sent` -> `Gesendet`. */
export class RolesCommand implements Command<ReadonlyMap<string, string>> {
  readonly verb = 'LIST';
  readonly parts;
  readonly #capabilities: Capabilities;
  readonly #said = new Map<string, string>();
  readonly #common = new Map<string, string>();

  constructor(capabilities: Capabilities) {
    this.#capabilities = capabilities;
    // Where a server has SPECIAL-USE and knows of none, the names still say something: so all are listed, once.
    const extended = capabilities.has('LIST-EXTENDED') && capabilities.has('SPECIAL-USE');
    this.parts = [extended ? 'LIST "" * RETURN (SPECIAL-USE)' : 'LIST "" *'];
  }

  data(response: DataResponse | StatusResponse): void {
    if (response.kind !== 'data' || response.name !== 'LIST') return;
    const [attributes, _delimiter, name] = response.items;
    const text = textOf(name);
    if (text === undefined) return;
    const utf7 = this.#capabilities.has('IMAP4REV1');
    const mailbox = utf7 ? decodeMailboxName(text, 'server-confused') : text;
    for (const attribute of listOf(attributes) ?? [])
      this.#note(this.#said, textOf(attribute) ?? '', mailbox);
    for (const [role, names] of COMMON) if (names.test(mailbox)) this.#note(this.#common, role, mailbox);
  }

  result(): ReadonlyMap<string, string> {
    return new Map([...this.#common, ...this.#said]);
  }

  /** The first one counts. Attributes are case-insensitive. */
  #note(roles: Map<string, string>, role: string, mailbox: string): void {
    const known = COMMON.find(([name]) => name.toLowerCase() === role.toLowerCase())?.[0];
    if (known && !roles.has(known)) roles.set(known, mailbox);
  }
}
