import type { Clock } from '../../base/clock.ts';
import type { DataAtChannel } from '../channel.ts';
import type { ProfileSleep } from '../profile.ts';

/** One way to wake a modem and to let it sleep. */
export interface SleepWay {
  /** Before commands. Does nothing when it is awake. May reject when the line is lost: the command says so better. */
  wake(): Promise<void>;
  /** When no command is under way any more. */
  rest(): void;
  /** Nothing more is to be done; it is left awake. Never rejects. */
  stop(): Promise<void>;
}

export interface WayOptions {
  readonly channel: DataAtChannel;
  readonly sleep: ProfileSleep;
  readonly clock: Clock;
}

/** One that is awake answers AT at once. */
const ANSWER_MS = 300;

/** An AT that is lost brings the channel to ask again and again, until the modem answers; so nothing else is lost. */
async function untilAnswer({ channel, sleep }: WayOptions): Promise<void> {
  await channel.command('AT', { timeout: ANSWER_MS + sleep.wakeMs }).catch(() => {});
  await channel.whenIdle(async () => {});
}

/** A burst of commands has shorter pauses than this. */
const BURST_MS = 2000;

/** DTR off lets it sleep, DTR on wakes it. */
export class DtrWay implements SleepWay {
  readonly #options: WayOptions;
  #asleep = false;
  #resting: AbortController | undefined;
  #waking: Promise<void> | undefined;

  constructor(options: WayOptions) {
    this.#options = options;
  }

  wake(): Promise<void> {
    this.#resting?.abort();
    this.#resting = undefined;
    this.#waking ??= this.#wake().finally(() => {
      this.#waking = undefined;
    });
    return this.#waking;
  }

  rest(): void {
    this.#resting?.abort();
    const resting = new AbortController();
    this.#resting = resting;
    this.#sleepAfterPause(resting.signal).catch(() => {});
  }

  async stop(): Promise<void> {
    await this.wake().catch(() => {});
  }

  /** In its turn on the line: a DTR that is just going off is waited for. */
  async #wake(): Promise<void> {
    const { channel, clock, sleep } = this.#options;
    if (!this.#asleep) return;
    await channel.whenIdle(async () => {
      await channel.setDtr?.(true);
      this.#asleep = false;
      await clock.sleep(sleep.wakeMs);
    });
    await untilAnswer(this.#options);
  }

  async #sleepAfterPause(over: AbortSignal): Promise<void> {
    const { channel, clock } = this.#options;
    await clock.sleep(BURST_MS, over);
    await channel.whenIdle(async () => {
      if (over.aborted || !channel.setDtr) return;
      this.#asleep = true;
      await channel.setDtr(false);
    });
  }
}

/** So much earlier than the modem's own time it is taken to sleep: its clock is not ours. */
const MARGIN_MS = 1000;
/** It sleeps by itself when the line is quiet; what wakes it is lost, so something is sent that may be. */
export class IdleWay implements SleepWay {
  readonly #options: WayOptions;
  #usedAt: number;
  #waking: Promise<void> | undefined;

  constructor(options: WayOptions) {
    this.#options = options;
    this.#usedAt = options.clock.monotonic();
  }

  wake(): Promise<void> {
    const { clock, sleep } = this.#options;
    const quiet = clock.monotonic() - this.#usedAt;
    const isAwake = quiet < sleep.afterSeconds * 1000 - MARGIN_MS;
    if (isAwake && this.#waking === undefined) return Promise.resolve();
    this.#waking ??= this.#wake().finally(() => {
      this.#waking = undefined;
    });
    return this.#waking;
  }

  rest(): void {
    this.#usedAt = this.#options.clock.monotonic();
  }

  async stop(): Promise<void> {}

  async #wake(): Promise<void> {
    await untilAnswer(this.#options);
    this.rest();
  }
}
