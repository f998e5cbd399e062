import type { Offers } from '../session.ts';
import type { Item } from './wire/items.ts';
import { textOf } from './wire/items.ts';
import type { Response } from './wire/response-reader.ts';

/** What RFC 9051 Appendix E folded into IMAP4rev2 itself. */
const IN_REV2 = ['ENABLE', 'SASL-IR', 'LITERAL-', 'UIDPLUS', 'ESEARCH', 'MOVE'];

/** What a server says it can do. */
export class Capabilities {
  readonly names: readonly string[];
  readonly #set: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#set = new Set(names.map((name) => name.toUpperCase()));
  }

  /** From `* CAPABILITY ...` or a `[CAPABILITY ...]` code; undefined when the response has none. */
  static in(response: Response | undefined): Capabilities | undefined {
    if (response?.kind === 'data' && response.name === 'CAPABILITY') return Capabilities.#of(response.items);
    const code = response?.kind === 'status' ? response.code : undefined;
    return code?.name === 'CAPABILITY' ? Capabilities.#of(code.items) : undefined;
  }

  static #of(items: readonly Item[]): Capabilities {
    return new Capabilities(items.flatMap((item) => textOf(item) ?? []));
  }

  has(name: string): boolean {
    return this.#set.has(name) || (this.#set.has('IMAP4REV2') && IN_REV2.includes(name));
  }

  /** QRESYNC has to be switched on (RFC 7162 3.2.3), so it is worth nothing without ENABLE. */
  get qresync(): boolean {
    return this.has('QRESYNC') && this.has('ENABLE');
  }

  get condstore(): boolean {
    return this.has('CONDSTORE') || this.qresync;
  }

  get offers(): Offers {
    const { qresync, condstore } = this;
    return {
      condstore,
      qresync,
      uidplus: this.has('UIDPLUS'),
      move: this.has('MOVE'),
      compress: this.has('COMPRESS=DEFLATE'),
    };
  }

  /** Largest literal that may be sent without asking: RFC 7888 4 (LITERAL-) stops at 4096 bytes. */
  get largestFreeLiteral(): number {
    if (this.has('LITERAL+')) return Number.POSITIVE_INFINITY;
    return this.has('LITERAL-') ? 4096 : -1;
  }

  without(name: string): Capabilities {
    return new Capabilities(this.names.filter((other) => other.toUpperCase() !== name));
  }

  equals(other: Capabilities): boolean {
    return (
      this.#set.size === other.#set.size && other.names.every((name) => this.#set.has(name.toUpperCase()))
    );
  }
}
