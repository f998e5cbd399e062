import { onTestFinished } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import type { Step } from '../../../src/base/steps.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { type FarEnd, memoryLine } from '../../../src/modem/memory-line.ts';
import type { Incoming, Modem } from '../../../src/modem/modem.ts';
import { type OpenModemOptions, openModem } from '../../../src/modem/open-modem.ts';
import { loadProfile } from '../../../src/modem/profile.ts';

/** Lines of an answer; the last is the final result. `[]`: no answer at all. */
type Answer = readonly string[];
type Behaviour = (command: string) => Answer | undefined;

/** A modem played at the far end of a line: it keeps SMS and calls, and answers as told, newest rule first. */
export class PlayedModem {
  readonly commands: string[] = [];
  /** What came after a prompt. */
  readonly sent: string[] = [];
  readonly stores: Record<string, Map<number, { status: number; pdu: string }>> = {
    SM: new Map(),
    ME: new Map(),
  };
  capacity = 10;
  /** Lines of +CLCC. */
  calls: string[] = [];
  readonly #far: FarEnd;
  #behaviours: Behaviour[] = [];
  #selected = 'SM';
  #buffer = '';
  #prompting = false;

  constructor(far: FarEnd) {
    this.#far = far;
    far.onData((bytes) => this.#receive(Buffer.from(bytes).toString('latin1')));
  }

  /** From now on, commands that match are answered so. */
  when(pattern: RegExp, answer: Answer | ((command: string) => Answer | undefined)): void {
    const reply = typeof answer === 'function' ? answer : () => answer;
    this.#behaviours.unshift((command) => (pattern.test(command) ? reply(command) : undefined));
  }

  say(...lines: string[]): void {
    for (const line of lines) this.#far.write(Buffer.from(`\r\n${line}\r\n`, 'latin1'));
  }

  /** Stores a message at the first free place. */
  keep(pdu: string, storage = 'SM', status = 0): number {
    const store = this.#store(storage);
    let index = 0;
    while (store.has(index)) index += 1;
    store.set(index, { status, pdu });
    return index;
  }

  /** Stores a message and announces it. */
  receive(pdu: string, storage = 'SM'): number {
    const index = this.keep(pdu, storage);
    this.say(`+CMTI: "${storage}",${index}`);
    return index;
  }

  unplug(): void {
    this.#far.close();
  }

  #store(storage: string) {
    const store = this.stores[storage];
    if (!store) throw new Error(`no storage ${storage}`);
    return store;
  }

  #receive(text: string): void {
    this.#buffer += text;
    for (;;) {
      const end = this.#buffer.indexOf(this.#prompting ? '\x1a' : '\r');
      if (end < 0) return;
      const line = this.#buffer.slice(0, end).trim();
      this.#buffer = this.#buffer.slice(end + 1);
      if (this.#prompting) this.#onPayload(line);
      else if (line) this.#onCommand(line);
    }
  }

  #onCommand(command: string): void {
    this.commands.push(command);
    const answer = this.#told(command);
    this.#prompting = !answer && command.startsWith('AT+CMGS=');
    if (this.#prompting) this.#far.write(Buffer.from('\r\n> '));
    else this.say(...(answer ?? this.#usual(command)));
  }

  #onPayload(payload: string): void {
    this.#prompting = false;
    this.sent.push(payload);
    this.say(...(this.#told(`payload ${this.sent.length}`) ?? [`+CMGS: ${this.sent.length}`, 'OK']));
  }

  #told(command: string): Answer | undefined {
    for (const behaviour of this.#behaviours) {
      const answer = behaviour(command);
      if (answer) return answer;
    }
    return undefined;
  }

  #usual(command: string): Answer {
    const place = Number(/=(\d+)$/.exec(command)?.[1]);
    if (command === 'AT+CPIN?') return ['+CPIN: READY', 'OK'];
    if (command === 'AT+CREG?') return ['+CREG: 1,1', 'OK'];
    if (command === 'AT+CLCC') return [...this.calls, 'OK'];
    if (command.startsWith('AT+CPMS')) return this.#usage(command);
    if (command.startsWith('AT+CMGR=')) return this.#read(place);
    if (command === 'AT+CMGL=4') return this.#list();
    if (command.startsWith('AT+CMGD=')) this.#store(this.#selected).delete(place);
    return ['OK'];
  }

  #usage(command: string): Answer {
    const storage = /="(..)"/.exec(command)?.[1];
    if (storage) this.#selected = storage;
    const numbers = `${this.#store(this.#selected).size},${this.capacity}`;
    const all = [1, 2, 3].map(() => (storage ? numbers : `"${this.#selected}",${numbers}`));
    return [`+CPMS: ${all.join(',')}`, 'OK'];
  }

  #read(index: number): Answer {
    const found = this.#store(this.#selected).get(index);
    if (!found) return ['+CMS ERROR: 321'];
    return [`+CMGR: ${found.status},,${found.pdu.length / 2 - 8}`, found.pdu, 'OK'];
  }

  #list(): Answer {
    const entries = [...this.#store(this.#selected)];
    return [
      ...entries.flatMap(([index, { status, pdu }]) => [
        `+CMGL: ${index},${status},,${pdu.length / 2 - 8}`,
        pdu,
      ]),
      'OK',
    ];
  }
}

export interface Stage {
  readonly played: PlayedModem;
  readonly clock: SimulatedClock;
  readonly steps: Step[];
  open(options?: Partial<OpenModemOptions>): Promise<Modem>;
  /** Lets time pass until the promise settles, and gives what it gives. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** The next thing that arrives; undefined when nothing does within `ms`. */
  next(modem: Modem, ms?: number): Promise<Incoming | undefined>;
}

/** A played modem, our AT channel over a line in memory, and a clock that the test moves. */
export async function stage(profileName = 'sim7600'): Promise<Stage> {
  const clock = new SimulatedClock();
  const { line, far } = memoryLine('/dev/played');
  const played = new PlayedModem(far);
  const channel = openAtChannel({ line, clock, log: silentLog });
  const profile = await loadProfile(profileName);
  const steps: Step[] = [];
  const iterators = new Map<
    Modem,
    { iterator: AsyncIterator<Incoming>; waiting?: Promise<IteratorResult<Incoming>> }
  >();
  onTestFinished(() => channel[Symbol.asyncDispose]());

  const run = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    // By the real clock: a profile is read from the disk while simulated time flies.
    const end = performance.now() + 15_000;
    while (!settled && performance.now() < end) await clock.advance(100);
    if (!settled) throw new Error('nothing came of it');
    return await promise;
  };
  return {
    played,
    clock,
    steps,
    run,
    open: (options) => {
      const observe = (step: Step) => void steps.push(step);
      return run(openModem({ channel, profile, clock, log: silentLog, observe, ...options }));
    },
    next: async (modem, ms = 1000) => {
      const reader = iterators.get(modem) ?? { iterator: modem.incoming()[Symbol.asyncIterator]() };
      iterators.set(modem, reader);
      reader.waiting ??= reader.iterator.next();
      let result: IteratorResult<Incoming> | undefined;
      let failure: unknown;
      reader.waiting.then(
        (value) => {
          result = value;
        },
        (error: unknown) => {
          failure = error;
        },
      );
      await clock.advance(0);
      for (let waited = 0; waited < ms && !result && !failure; waited += 100) await clock.advance(100);
      if (failure) throw failure;
      if (!result) return undefined;
      delete reader.waiting;
      return result.done ? undefined : result.value;
    },
  };
}
