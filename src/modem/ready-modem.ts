import { abortable } from '../base/deadline.ts';
import { asError, type RingpostError } from '../base/errors.ts';
import { Mutex } from '../base/mutex.ts';
import { Queue } from '../base/queue.ts';
import { redactNumber } from '../base/redact.ts';
import { settlable } from '../base/settlable.ts';
import type { Observe } from '../base/steps.ts';
import type { AtChannel } from './at-channel.ts';
import { CallWatch } from './calls.ts';
import type { DataAtChannel } from './channel.ts';
import type { ModemContext } from './context.ts';
import type { DataCall } from './data/data-call.ts';
import { DataCalls } from './data/data-calls.ts';
import { reattach, requireNetwork, sendReset } from './data/restart.ts';
import { ModemError } from './errors.ts';
import { hangUpCalls } from './hang-up.ts';
import { Inbox } from './inbox.ts';
import { fieldsOf, numberOf } from './info-line.ts';
import { applyEntries, setApn, waitUntilAlive } from './initialise.ts';
import type { Call, Incoming, Modem, Registration, RingOutcome, Sms } from './modem.ts';
import { readNetworkTime } from './network-time.ts';
import type { ProfileEntry } from './profile.ts';
import { readRegistration, waitForRegistration } from './registration.ts';
import { ResetWatch } from './reset-watch.ts';
import { ringOnce } from './ring.ts';
import { SmsSender } from './send-sms.ts';
import { watchSettings } from './settings-watch.ts';
import { readSignalStrength } from './signal-strength.ts';
import { type PinMemory, unlockSim, volatilePinMemory } from './sim.ts';
import { type Place, SmsStore } from './sms-store.ts';
import { SweepSchedule } from './sweep-schedule.ts';

export interface ReadyModemOptions {
  readonly observe: Observe;
  readonly dataChannel: DataAtChannel;
  readonly pin?: string | undefined;
  readonly pinMemory?: PinMemory | undefined;
  readonly apn?: string | undefined;
  /** Made after the settings of the profile. */
  readonly sleepEntries: readonly ProfileEntry[];
}

/** What may wait for the consumer; more stays in the modem's store. */
const MOST_WAITING = 50;
const SETTINGS_WATCH_MS = 5 * 60_000;
const NO_VOICE = 'the modem takes no voice calls: only an SMS can ring it';

/** The parts of a modem, joined: URCs go to who understands them, messages and calls to one queue. */
export class ReadyModem implements Modem {
  readonly channel: AtChannel;
  readonly profile: Modem['profile'];
  readonly closed: Promise<Error | undefined>;
  readonly #context: ModemContext;
  readonly #options: ReadyModemOptions;
  readonly #pinMemory: PinMemory;
  readonly #queue = new Queue<Incoming>();
  readonly #life = new AbortController();
  readonly #over = settlable<Error | undefined>();
  readonly #store: SmsStore;
  readonly #inbox: Inbox;
  readonly #sweeps: SweepSchedule;
  readonly #calls: CallWatch;
  readonly #resets: ResetWatch;
  readonly #sender: SmsSender;
  readonly #dataCalls: DataCalls;
  readonly #sending = new Mutex();
  readonly #calling = new Mutex();
  readonly #stopListening: () => void;
  #heldBack = false;

  constructor(context: ModemContext, options: ReadyModemOptions) {
    const { channel, profile, clock, log } = context;
    const life = this.#life.signal;
    this.#context = context;
    this.#options = options;
    this.#pinMemory = options.pinMemory ?? volatilePinMemory();
    this.channel = channel;
    this.profile = { name: profile.name, sockets: profile.sockets ?? undefined };
    this.closed = this.#over.promise;
    this.#store = new SmsStore(context);
    const { observe } = options;
    this.#inbox = new Inbox({ context, store: this.#store, observe, hand: (sms) => this.#handSms(sms) });
    this.#sweeps = new SweepSchedule({ clock, log, life, sweep: (signal) => this.sweep(signal) });
    this.#calls = new CallWatch(context, (call) => this.#handCall(call));
    const onLost = (error: Error) => this.#end(error);
    this.#resets = new ResetWatch({ context, life, bringUp: (signal) => this.#bringUp(signal), onLost });
    this.#sender = new SmsSender(context);
    this.#dataCalls = new DataCalls(context, options.dataChannel, () => this.#resets.mark());
    this.#stopListening = channel.onUrc((line) => this.#onUrc(line));
    void channel.closed.then((error) => this.#end(error ?? lineLost(channel.path)));
  }

  /** Makes it ready; before that, nothing but URCs is done. */
  async open(registrationMs: number, signal?: AbortSignal): Promise<void> {
    await this.#bringUp(signal);
    const { text, registered } = await waitForRegistration(this.#context, registrationMs, signal);
    const level = registered ? 'info' : 'warn';
    this.#context.log[level]({ registration: text, profile: this.profile.name }, 'the modem is ready');
    if (!this.#context.profile.voice) this.#context.log.info(NO_VOICE);
    this.#resets.release();
    void this.#watchSettings();
  }

  async *incoming(): AsyncIterable<Incoming> {
    for await (const item of this.#queue) {
      yield item;
      if (this.#heldBack && this.#queue.length < MOST_WAITING / 2) {
        this.#heldBack = false;
        this.#sweeps.request();
      }
    }
  }

  sweep(signal?: AbortSignal): Promise<number> {
    return this.#inbox.sweep(signal);
  }

  sendSms(to: string, text: string, signal?: AbortSignal): Promise<readonly number[]> {
    return this.#sending.run(() => this.#sender.send(to, text, signal));
  }

  ring(number: string, ms: number, signal?: AbortSignal): Promise<RingOutcome> {
    const hangUp = () => this.#hangUp(false);
    return this.#calling.run(() => ringOnce(this.#context, { number, ms, signal }, hangUp));
  }

  async hangUp(signal?: AbortSignal): Promise<void> {
    await this.#hangUp(this.#calls.ringing, signal);
    this.#calls.end();
  }

  dialData(signal?: AbortSignal): Promise<DataCall> {
    return this.#dataCalls.dial(signal);
  }

  reattach(signal?: AbortSignal): Promise<void> {
    return reattach(this.#context, signal);
  }

  async reset(signal?: AbortSignal): Promise<void> {
    this.#context.log.warn('the modem is restarted');
    await sendReset(this.#context, signal);
    await this.restarted(signal);
  }

  async restarted(signal?: AbortSignal): Promise<void> {
    this.#resets.mark();
    await abortable(this.#resets.settled, signal ?? this.#life.signal);
    this.#life.signal.throwIfAborted();
    await requireNetwork(this.#context, signal);
  }

  registration(signal?: AbortSignal): Promise<Registration> {
    return readRegistration(this.#context, signal);
  }

  signalStrength(signal?: AbortSignal): Promise<number | undefined> {
    return readSignalStrength(this.#context, signal);
  }

  networkTime(signal?: AbortSignal): Promise<number | undefined> {
    return readNetworkTime(this.#context, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
  }

  #hangUp(mayRing: boolean, signal?: AbortSignal): Promise<void> {
    return hangUpCalls(this.#context, { mayRing, dataCall: this.#dataCalls.open }, signal);
  }

  async #bringUp(signal?: AbortSignal): Promise<void> {
    const context = this.#context;
    const { pin, apn, sleepEntries } = this.#options;
    await waitUntilAlive(context, signal);
    await applyEntries(context, context.profile.init, signal);
    await unlockSim(context, { pin, pinMemory: this.#pinMemory }, signal);
    await applyEntries(context, context.profile.settings, signal);
    await applyEntries(context, sleepEntries, signal);
    if (apn !== undefined) await setApn(context, apn, signal);
    await this.#store.open(signal);
    await this.sweep(signal);
  }

  async #watchSettings(): Promise<void> {
    const options = { context: this.#context, everyMs: SETTINGS_WATCH_MS, onLost: () => this.#resets.mark() };
    // It ends with the modem, and a line that is lost in between is told by the channel.
    await watchSettings(options, this.#life.signal).catch(() => {});
  }

  #onUrc(line: string): void {
    this.#resets.onUrc(line);
    this.#calls.onUrc(line);
    if (line.startsWith('+CMTI:') || line.startsWith('+CDSI:')) this.#onStored(line);
    else if (this.#context.profile.storeFullMarkers.some((marker) => line.startsWith(marker))) {
      this.#context.log.warn('the modem says that its SMS store is full');
      this.#sweeps.request();
    }
  }

  /** `+CMTI: "SM",0`: read it; if that fails now, a sweep finds it later. */
  #onStored(line: string): void {
    const [storage = '', number] = fieldsOf(line);
    const index = numberOf(number);
    if (/^[A-Z]{2}$/.test(storage) && index !== undefined) void this.#read({ storage, index });
    else this.#sweeps.request();
  }

  async #read(place: Place): Promise<void> {
    try {
      await this.#inbox.arrived(place, this.#life.signal);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      this.#context.log.warn({ ...place, reason: asError(error).message }, 'a new SMS cannot be read now');
      this.#sweeps.request();
    }
  }

  #handSms(sms: Sms): boolean {
    if (this.#queue.length >= MOST_WAITING) {
      this.#heldBack = true;
      return false;
    }
    this.#queue.push(sms);
    return true;
  }

  #handCall(call: Call): void {
    const from = call.from === undefined ? 'a withheld number' : redactNumber(call.from);
    this.#options.observe({ name: 'ringing', text: `a call from ${from} is ringing`, fields: { from } });
    if (this.#queue.length < MOST_WAITING) this.#queue.push(call);
    else this.#context.log.warn('a call was not told: nobody takes what arrives');
  }

  #end(error: Error | undefined): void {
    if (this.#life.signal.aborted) return;
    this.#stopListening();
    this.#calls.end();
    this.#life.abort(error ?? disposed(this.channel.path));
    this.#queue.end(error);
    this.#over.resolve(error);
  }
}

function lineLost(path: string): RingpostError {
  return new ModemError(`the modem at ${path}: its line was closed`, {
    code: 'line-closed',
    temporary: true,
  });
}

function disposed(path: string): RingpostError {
  return new ModemError(`the modem at ${path} is not used any more`, { code: 'aborted' });
}
