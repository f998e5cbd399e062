/** How a modem says that the call is over; a restarted one says something of its own. */
const NO_CARRIER = 'NO CARRIER';
/** Flag sequence of HDLC-like framing (RFC 1662 3.1). */
const FLAG = 0x7e;
/** More than the longest ending with its line ends is never compared. */
const TAIL = 96;

/**
 * `lost`: the line is a word of the modem. `perhaps`: it may as well stand in a mail; it is one when nothing
 * follows. `none`: data.
 */
export type Verdict =
  | { readonly is: 'lost' | 'perhaps'; readonly line: string }
  | { readonly is: 'none'; readonly line?: undefined };

/**
 * Looks for the modem's own lines in the bytes of a PPP session. Between two frames they are taken at once. Inside an
 * unfinished frame the text may be part of what the peer sent (a mail), so it counts only as the last thing before a silence.
 */
export class CarrierWatch {
  readonly #endings: readonly string[];
  /** The last bytes since a flag, Latin-1. */
  #tail = '';
  /** Whether nothing but the tail came since the last flag. */
  #whole = true;

  /** `resetMarkers`: beginnings of lines that tell that the modem has started again. */
  constructor(resetMarkers: readonly string[] = []) {
    this.#endings = [NO_CARRIER, ...resetMarkers];
  }

  push(bytes: Uint8Array): Verdict {
    let start = 0;
    for (let flag = bytes.indexOf(FLAG); flag !== -1; flag = bytes.indexOf(FLAG, start)) {
      this.#keep(bytes.subarray(start, flag));
      const before = this.#between();
      if (before) return before;
      this.#tail = '';
      this.#whole = true;
      start = flag + 1;
    }
    this.#keep(bytes.subarray(start));
    return this.#between() ?? this.#cutFrame() ?? { is: 'none' };
  }

  #keep(bytes: Uint8Array): void {
    const text = this.#tail + Buffer.from(bytes.subarray(-TAIL)).toString('latin1');
    if (bytes.length > TAIL || text.length > TAIL) this.#whole = false;
    this.#tail = text.slice(-TAIL);
  }

  /** Nothing but whole lines of the modem since the last flag. */
  #between(): Verdict | undefined {
    if (!this.#whole) return undefined;
    const line = /^[\r\n]*([^\r\n]+)[\r\n]/.exec(this.#tail)?.[1];
    return line !== undefined && this.#isEnding(line) ? { is: 'lost', line } : undefined;
  }

  #cutFrame(): Verdict | undefined {
    const line = /\r\n([^\r\n]+)\r\n$/.exec(this.#tail)?.[1];
    return line !== undefined && this.#isEnding(line) ? { is: 'perhaps', line } : undefined;
  }

  #isEnding(line: string): boolean {
    return line === NO_CARRIER || this.#endings.slice(1).some((ending) => line.startsWith(ending));
  }
}
