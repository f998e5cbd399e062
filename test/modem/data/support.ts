import { onTestFinished } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import type { DataCall, DataCallEnd } from '../../../src/modem/data/data-call.ts';
import { DataCalls } from '../../../src/modem/data/data-calls.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import { loadProfile, type Profile } from '../../../src/modem/profile.ts';
import { ScriptedModem } from '../engine/script.ts';

/** A modem at the far end of a line in memory that is played by hand: it answers AT, and CONNECT to a dialling. */
export interface Played {
  readonly clock: SimulatedClock;
  readonly calls: DataCalls;
  readonly channel: ReturnType<typeof openAtChannel>;
  /** All that crossed to the modem, Latin-1. */
  sent(): string;
  say(text: string): void;
  readonly urcs: string[];
  /** Changes of DTR. */
  readonly dtr: boolean[];
  /** Times that the modem was found to have restarted in a call. */
  resets(): number;
  unplug(): void;
  /** Lets time pass until the promise settles. */
  run<T>(promise: PromiseLike<T>): Promise<T>;
}

export interface PlayedOptions {
  /** What the modem answers, by what it must have received last. First match. */
  readonly answers?: readonly (readonly [RegExp, string | (() => string)])[];
  readonly profile?: Partial<Profile>;
  readonly dtr?: boolean;
}

const USUAL: readonly (readonly [RegExp, string])[] = [
  [/ATD[^\r]*\r$/, '\r\nCONNECT 150000000\r\n'],
  [/(?:AT|ATH)\r$/, '\r\nOK\r\n'],
  [/AT[^\r]*\r$/, '\r\nOK\r\n'],
];

export async function played(options: PlayedOptions = {}): Promise<Played> {
  const clock = new SimulatedClock();
  const { line, far } = memoryLine('/dev/played');
  const dtr: boolean[] = [];
  const setDtr = async (on: boolean) => void dtr.push(on);
  const wired = options.dtr ? { ...line, setDtr } : line;
  const channel = openAtChannel({ line: wired, clock, log: silentLog });
  onTestFinished(() => channel[Symbol.asyncDispose]());
  const modem = new ScriptedModem(far, clock, []);
  const answers = [...(options.answers ?? []), ...USUAL];
  far.onData((bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    const answer = answers.find(([pattern]) => pattern.test(text))?.[1];
    if (answer) modem.say(typeof answer === 'string' ? answer : answer());
  });
  const profile = { ...(await loadProfile('generic')), ...options.profile };
  let resets = 0;
  const urcs: string[] = [];
  channel.onUrc((urc) => urcs.push(urc));
  const context = { channel, clock, log: silentLog, profile };
  const calls = new DataCalls(context, channel, () => {
    resets += 1;
  });
  return {
    clock,
    calls,
    channel,
    urcs,
    dtr,
    sent: () => modem.received,
    say: (text) => modem.say(text),
    resets: () => resets,
    unplug: () => far.close(new Error('unplugged')),
    run: (promise) => run(clock, promise),
  };
}

export async function run<T>(clock: SimulatedClock, promise: PromiseLike<T>): Promise<T> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  for (let step = 0; step < 3000 && !settled; step += 1) await clock.advance(100);
  if (!settled) throw new Error('nothing came of it');
  return await promise;
}

/** What the call gives, collected. */
export function reading(call: DataCall) {
  const all = { text: '', end: undefined as DataCallEnd | undefined };
  call.stream.on('data', (bytes: Buffer) => {
    all.text += bytes.toString('latin1');
  });
  void call.ended.then((end) => {
    all.end = end;
  });
  return all;
}
