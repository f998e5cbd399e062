import type { Clock } from '../../base/clock.ts';
import type { Deliver } from './decode.ts';

/** A message that is whole, with the places of all its parts (`T`), copies of parts included. */
export interface Assembled<T> {
  readonly from: string;
  /** Of the first part. */
  readonly sentAt: number;
  readonly text: string;
  /** Of 8-bit data. */
  readonly octets: Uint8Array | undefined;
  readonly port: number | undefined;
  readonly origins: readonly T[];
}

export interface AssemblerOptions<T> {
  readonly clock: Clock;
  /** Told of parts that are given up, because of their age or their number. */
  readonly onGivenUp: (origins: readonly T[]) => void;
  /** Most messages that may be incomplete at once. */
  readonly most?: number;
  /** How long a message may stay incomplete, and how far apart its parts may have been sent, milliseconds. */
  readonly maxAgeMs?: number;
}

interface Part<T> {
  readonly message: Deliver;
  readonly origins: T[];
}

interface Incomplete<T> {
  readonly key: string;
  readonly count: number;
  readonly sentAt: number;
  readonly since: number;
  readonly parts: Map<number, Part<T>>;
}

const ONE_DAY_MS = 86_400_000;

/**
 * Joins the parts of concatenated messages, in whatever order they come. Parts belong together by sender,
 * reference (8 and 16 bits apart) and count; a reference that comes round again with another content, or a
 * day later, begins another message.
 */
export class Assembler<T> {
  readonly #clock: Clock;
  readonly #onGivenUp: (origins: readonly T[]) => void;
  readonly #most: number;
  readonly #maxAgeMs: number;
  #incomplete: Incomplete<T>[] = [];

  constructor(options: AssemblerOptions<T>) {
    this.#clock = options.clock;
    this.#onGivenUp = options.onGivenUp;
    this.#most = options.most ?? 64;
    this.#maxAgeMs = options.maxAgeMs ?? ONE_DAY_MS;
  }

  /** Takes a message or a part of one; returns the message once it is whole. */
  add(message: Deliver, origin: T): Assembled<T> | undefined {
    this.#giveUpOld();
    const place = message.userData.header?.concatenation;
    if (!place || place.count === 1) return assemble([{ message, origins: [origin] }]);
    const set = this.#setFor(message, place.part, keyOf(message));
    const known = set.parts.get(place.part);
    if (known) known.origins.push(origin);
    else set.parts.set(place.part, { message, origins: [origin] });
    if (set.parts.size < set.count) return undefined;
    this.#incomplete = this.#incomplete.filter((other) => other !== set);
    return assemble([...set.parts].sort(([one], [other]) => one - other).map(([, part]) => part));
  }

  /** Forgets the incomplete message that began first and returns where its parts are. */
  giveUpOldest(): readonly T[] | undefined {
    const oldest = this.#incomplete.shift();
    return oldest && originsOf([...oldest.parts.values()]);
  }

  #setFor(message: Deliver, part: number, key: string): Incomplete<T> {
    const found = this.#incomplete.find(
      (set) =>
        set.key === key &&
        Math.abs(set.sentAt - message.sentAt) <= this.#maxAgeMs &&
        hasRoomFor(set.parts.get(part), message),
    );
    if (found) return found;
    if (this.#incomplete.length >= this.#most) this.#onGivenUp(this.giveUpOldest() ?? []);
    const count = message.userData.header?.concatenation?.count ?? 1;
    const { sentAt } = message;
    const set = { key, count, sentAt, since: this.#clock.monotonic(), parts: new Map<number, Part<T>>() };
    this.#incomplete.push(set);
    return set;
  }

  #giveUpOld(): void {
    const earliest = this.#clock.monotonic() - this.#maxAgeMs;
    while ((this.#incomplete[0]?.since ?? earliest) < earliest) this.#onGivenUp(this.giveUpOldest() ?? []);
  }
}

function keyOf({ from, userData: { header } }: Deliver): string {
  const { reference, bits, count } = header?.concatenation ?? {};
  return JSON.stringify([from.text, bits, reference, count]);
}

/** A copy of the same part belongs here as well; another content under its number does not. */
function hasRoomFor<T>(known: Part<T> | undefined, message: Deliver): boolean {
  return !known || known.message.userData.text === message.userData.text;
}

function assemble<T>(parts: readonly Part<T>[]): Assembled<T> {
  const first = parts[0]?.message;
  const octets = parts.flatMap(({ message }) => message.userData.octets ?? []);
  return {
    from: first?.from.text ?? '',
    sentAt: first?.sentAt ?? 0,
    text: parts.map(({ message }) => message.userData.text).join(''),
    octets: octets.length > 0 ? Buffer.concat(octets) : undefined,
    port: first?.userData.header?.ports?.destination,
    origins: originsOf(parts),
  };
}

function originsOf<T>(parts: readonly Part<T>[]): T[] {
  return parts.flatMap(({ origins }) => origins);
}
