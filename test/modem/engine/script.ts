import { expect } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { type AtChannelOptions, openAtChannel } from '../../../src/modem/channel.ts';
import { type FarEnd, memoryLine } from '../../../src/modem/memory-line.ts';

/** One exchange as the modem sees it. Text is Latin-1. */
export interface Exchange {
  /** What the modem must receive next, to the byte. */
  readonly expect: string;
  /** What it answers, in pieces; each piece is delivered on its own. */
  readonly reply?: string | readonly string[];
  /** Milliseconds of simulated time before it answers. */
  readonly after?: number;
}

/** A far end that plays exchanges in their order and complains about everything else. */
export class ScriptedModem {
  readonly far: FarEnd;
  readonly #clock: SimulatedClock;
  readonly #script: Exchange[];
  received = '';
  #seen = '';

  constructor(far: FarEnd, clock: SimulatedClock, script: readonly Exchange[]) {
    this.far = far;
    this.#clock = clock;
    this.#script = [...script];
    far.onData((bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      this.received += text;
      this.#seen += text;
      this.#play();
    });
  }

  say(text: string): void {
    this.far.write(Buffer.from(text, 'latin1'));
  }

  /** Everything expected has come, and nothing else. */
  done(): void {
    expect({ left: this.#script.map((one) => one.expect), unexpected: this.#seen }).toEqual({
      left: [],
      unexpected: '',
    });
  }

  #play(): void {
    const next = this.#script[0];
    if (!next || !this.#seen.startsWith(next.expect)) return;
    this.#script.shift();
    this.#seen = this.#seen.slice(next.expect.length);
    void this.#answer(next);
    this.#play();
  }

  async #answer(exchange: Exchange): Promise<void> {
    if (exchange.after) await this.#clock.sleep(exchange.after);
    for (const piece of [exchange.reply ?? []].flat()) this.say(piece);
  }
}

/** A channel over a memory line with a scripted modem at its far end. */
export function scripted(script: readonly Exchange[], options: Partial<AtChannelOptions> = {}) {
  const clock = new SimulatedClock();
  const { line, far } = memoryLine('test');
  const modem = new ScriptedModem(far, clock, script);
  const channel = openAtChannel({ line, clock, log: silentLog, ...options });
  const urcs: string[] = [];
  channel.onUrc((urc) => urcs.push(urc));
  return { clock, modem, channel, urcs, line, far };
}

/** A reply as modems frame it: each line between CR LF and CR LF. */
export function framed(...lines: string[]): string {
  return lines.map((line) => `\r\n${line}\r\n`).join('');
}

/** The error that the promise rejects with, as code, message and fields. */
export async function refused(promise: Promise<unknown>) {
  return await promise.then(
    (value) => expect.unreachable(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) =>
      error as Error & { code: string; temporary: boolean; fields: Record<string, unknown> },
  );
}
