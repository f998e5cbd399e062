import { abortable, withDeadline } from '../base/deadline.ts';
import { asError } from '../base/errors.ts';
import type { Observe, Step } from '../base/steps.ts';
import type { EffectiveSettings } from '../bus/settings.ts';
import { settings as settingsShape } from '../bus/topics.ts';
import type { Incoming } from '../modem/modem.ts';
import { DeviceError } from './errors.ts';
import type { DeviceParts, Radio } from './parts.ts';
import { receive } from './receive.ts';
import { noModem, Runner, stopped, type WishFor } from './runner.ts';
import type { BudgetKind } from './state/budget.ts';
import type { SessionRecord } from './state/history.ts';
import type { SettingsChange } from './state/settings.ts';
import { openState, type State } from './state/state.ts';
import type { DeviceStatus } from './status.ts';

/** Opens the agent's state; a broken document throws. It works once `serve` gives it a radio. */
export async function openDevice(parts: DeviceParts): Promise<Device> {
  return new Device(parts, await openState(parts));
}

/** Made by `openDevice`. Listens for triggers, runs one session at a time, keeps what is owed on the disk. */
export class Device {
  readonly #parts: DeviceParts;
  readonly #state: State;
  readonly #runner: Runner;
  readonly #watchers = new Set<Observe>();
  #radio: Radio | undefined;

  constructor(parts: DeviceParts, state: State) {
    this.#parts = parts;
    this.#state = state;
    this.#runner = new Runner(parts, state, (step) => this.#show(step));
  }

  /**
   * Listens on this modem and runs the sessions that are due. Resolves when the signal fires, once the running
   * session is taken down; rejects when the modem is lost (`no-modem`, temporary) or the disk fails. May be
   * called again with another radio, not with two at once.
   */
  async serve(radio: Radio, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    this.#radio = radio;
    await this.#learnTime(radio, both);
    const { name } = radio.modem.profile;
    this.#show({ name: 'listening', text: `listening for triggers on the ${name}`, fields: { modem: name } });
    const work = [this.#listen(radio, both), this.#runner.run(radio, both)];
    const ended = await Promise.race(work).catch(asError);
    this.#radio = undefined;
    stop.abort(ended);
    await Promise.allSettled(work);
    this.#runner.refuseWishes(signal.aborted ? stopped() : ended);
    if (!signal.aborted) throw ended;
  }

  /** Synchronises at the user's wish, also while switched off. Rejects `no-modem` when none is there. */
  async syncNow(wanted: WishFor = {}): Promise<SessionRecord> {
    if (!this.#radio) throw noModem();
    return this.#runner.wish(wanted);
  }

  /** Switches or changes the interval: at once on the disk, then told to the server in a short session. */
  async setSettings(change: SettingsChange): Promise<EffectiveSettings> {
    await this.#state.settings.change(checkSettings(change));
    const { effective } = this.#state.settings;
    const text = `${effective.on ? 'on' : 'off'}, at most every ${effective.intervalSeconds} s`;
    this.#show({ name: 'settings', text, fields: { ...effective } });
    this.#runner.settingsNow();
    return effective;
  }

  status(): DeviceStatus {
    const { settings, pending, reports, budget, history, time } = this.#state;
    const { owed } = pending;
    const usage = (kind: BudgetKind) => budget.usage(kind, time.now());
    return {
      device: this.#parts.device,
      ...settings.effective,
      listening: this.#radio !== undefined,
      session: this.#runner.running?.cause,
      owed: owed && { cause: owed.cause, at: owed.at, attempts: owed.attempts },
      settingsUntold: settings.untold,
      unsentReports: reports.unsent.length,
      budget: { sms: usage('sms'), call: usage('call'), user: usage('user') },
      sessions: history.recent.slice(),
    };
  }

  /** Follows the steps; returns the function that ends it. */
  watch(watcher: Observe): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async #listen({ modem }: Radio, signal: AbortSignal): Promise<never> {
    const context = {
      parts: this.#parts,
      state: this.#state,
      modem,
      log: this.#parts.log,
      observe: (step: Step) => this.#show(step),
      onOwed: () => this.#runner.owedNow(),
    };
    const incoming = modem.incoming()[Symbol.asyncIterator]();
    for (;;) await receive(context, await nextOf(incoming, signal), signal);
  }

  /** The network's time is a floor for a machine without a clock of its own; no modem has to know it. */
  async #learnTime({ modem }: Radio, signal: AbortSignal): Promise<void> {
    const { clock, policy, log } = this.#parts;
    const wait = { what: 'the network time', ms: policy.closeMs, signal };
    try {
      const told = await withDeadline(clock, wait, (s) => modem.networkTime(s));
      if (told === undefined || (await this.#state.time.learn(told))) return;
      log.warn({ told: new Date(told).toISOString() }, 'The network time is too far ahead to be believed');
    } catch (error) {
      log.debug({ err: error }, 'No network time');
    }
  }

  #show(step: Step): void {
    this.#parts.observe(step);
    for (const watcher of this.#watchers) watcher(step);
  }
}

async function nextOf(incoming: AsyncIterator<Incoming>, signal: AbortSignal): Promise<Incoming> {
  const next = await abortable(incoming.next(), signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw noModem(error);
  });
  if (next.done) throw noModem();
  return next.value;
}

function checkSettings(change: SettingsChange): SettingsChange {
  const shape = settingsShape.pick({ on: true, intervalSeconds: true }).partial();
  const checked = shape.safeParse(change);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new DeviceError(`settings: ${problems.join('; ')}`, { code: 'bad-settings' });
}
