import { bytesOf, type Item, keywordOf, listOf, textOf } from '../../../mail/imap/wire/items.ts';
import { decodeMailboxName } from '../../../mail/imap/wire/mailbox-name.ts';
import { MAX_KEYWORD_LENGTH, MAX_KEYWORDS, normaliseFlag } from '../store/flags.ts';
import { bad } from './refusal.ts';

/** The arguments of a command, taken one after another. What does not fit throws a Refusal (BAD). */
export class Arguments {
  readonly #items: readonly Item[];
  #at = 0;

  constructor(items: readonly Item[]) {
    this.#items = items;
  }

  get left(): number {
    return this.#items.length - this.#at;
  }

  peek(): Item | undefined {
    return this.#items[this.#at];
  }

  item(what: string): Item {
    const item = this.#items[this.#at];
    if (!item) throw bad(`${what} is missing`);
    this.#at += 1;
    return item;
  }

  /** An astring or a number, as text. */
  text(what: string): string {
    const text = textOf(this.item(what));
    if (text === undefined) throw bad(`${what} is no string`);
    return text;
  }

  bytes(what: string): Buffer {
    const bytes = bytesOf(this.item(what));
    if (bytes === undefined) throw bad(`${what} is no string`);
    return bytes;
  }

  /** A mailbox name, out of its modified UTF-7. */
  mailbox(): string {
    return decodeMailboxName(this.text('the mailbox name'), 'client-confused');
  }

  keyword(what: string): string {
    const word = keywordOf(this.item(what));
    if (word === undefined) throw bad(`${what} is no atom`);
    return word;
  }

  list(what: string): readonly Item[] {
    const items = listOf(this.item(what));
    if (items === undefined) throw bad(`${what} is no list`);
    return items;
  }

  /** The list if the next argument is one. */
  optionalList(): readonly Item[] | undefined {
    const items = listOf(this.peek());
    if (items) this.#at += 1;
    return items;
  }

  /** All that is left. */
  rest(): readonly Item[] {
    const rest = this.#items.slice(this.#at);
    this.#at = this.#items.length;
    return rest;
  }

  end(): void {
    if (this.left > 0) throw bad('too many arguments');
  }
}

/** Flags that a client sets, in their usual spelling; `\Recent` and unknown system flags are left out. */
export function readFlags(items: readonly Item[]): string[] {
  const flags = items.flatMap((item) => {
    const text = item.kind === 'atom' ? item.text : undefined;
    if (text === undefined || !isFlag(text)) throw bad('a flag is no flag');
    return normaliseFlag(text) ?? [];
  });
  if (flags.length > MAX_KEYWORDS) throw bad(`more than ${MAX_KEYWORDS} flags`);
  return [...new Set(flags)].sort();
}

function isFlag(text: string): boolean {
  return text.length <= MAX_KEYWORD_LENGTH && /^\\?[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(text);
}
