import type { Clock } from '../../../src/base/clock.ts';

/** What crossed the air, as a client at its near end sees it. */
export interface AirCount {
  readonly connections: number;
  /** On the TCP connections, TLS included; TCP's and IP's own headers are not counted. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** How often bytes came down behind bytes that went up: TCP's own round trip is none of them, a farewell is none. */
  readonly roundTrips: number;
  /** From the first SYN to the last byte that the client sent, or received before it left. */
  readonly seconds: number;
}

/** One connection. */
export interface Line {
  sent(bytes: number): void;
  received(bytes: number): void;
  /** The client closed its side: what comes now crosses the air, but nobody waits for it. */
  left(): void;
}

export class AirMeter {
  readonly #clock: Clock;
  #connections = 0;
  #bytesUp = 0;
  #bytesDown = 0;
  #roundTrips = 0;
  #began: number | undefined;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A client has sent its SYN. */
  line(): Line {
    let [waits, isThere] = [false, true];
    this.#connections += 1;
    this.#began ??= this.#clock.monotonic();
    return {
      sent: (bytes) => {
        this.#bytesUp += bytes;
        this.#last = this.#clock.monotonic();
        waits = true;
      },
      received: (bytes) => {
        this.#bytesDown += bytes;
        if (!isThere) return;
        this.#last = this.#clock.monotonic();
        if (waits) this.#roundTrips += 1;
        waits = false;
      },
      left: () => {
        isThere = false;
      },
    };
  }

  get count(): AirCount {
    return {
      connections: this.#connections,
      bytesUp: this.#bytesUp,
      bytesDown: this.#bytesDown,
      roundTrips: this.#roundTrips,
      seconds: this.#began === undefined ? 0 : (this.#last - this.#began) / 1000,
    };
  }
}
