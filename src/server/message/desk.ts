import { randomUUID } from 'node:crypto';
import type { Document } from '../../base/document.ts';
import { Mutex } from '../../base/mutex.ts';
import { changeSettings, type EffectiveSettings, mergeSettings } from '../../bus/settings.ts';
import {
  type Hello,
  type Report,
  type Settings,
  type SettingsChange,
  type Topic,
  type Trigger,
  topics,
} from '../../bus/topics.ts';
import { sealTrigger } from '../../trigger/seal.ts';
import { type Contact, keyOf } from './address-book.ts';
import type { Context } from './context.ts';
import { decide, effective } from './decide.ts';
import { DeskObserver } from './desk-observer.ts';
import { allowedChange, toldToMail } from './mail-settings.ts';
import { rungOf } from './policy.ts';
import {
  isFromFuture,
  isKnownEvent,
  isSending,
  MAX_MAILBOXES,
  recordClockSetBack,
  recordDeviceSettings,
  recordEvent,
  recordExhausted,
  recordHello,
  recordNewWay,
  recordNotSent,
  recordReport,
  recordSending,
  recordSent,
  recordTrigger,
  reportName,
} from './record.ts';
import { answerTo, syncRequest } from './request.ts';
import { sendTrigger } from './second-trigger.ts';
import { appendSession } from './session-log.ts';
import type { DeviceState } from './state.ts';

/**
 * One device: takes its events one after another, stores what they change before anybody hears of it, and does
 * what is due then. Sending happens beside, so that a slow gateway holds up no event.
 */
export class DeviceDesk {
  readonly device: string;
  readonly #context: Context;
  readonly #document: Document<DeviceState>;
  readonly #observer: DeskObserver;
  readonly #turn = new Mutex();
  /** At a gateway now. */
  #sending = false;

  constructor(device: string, document: Document<DeviceState>, context: Context) {
    this.device = device;
    this.#document = document;
    this.#context = context;
    this.#observer = new DeskObserver(device, context);
  }

  get state(): Readonly<DeviceState> {
    return this.#document.data;
  }

  /** Resolves once the trigger is stored; with a reason when it is refused for ever. */
  triggered(trigger: Trigger, contact: Contact): Promise<string | undefined> {
    return this.#turn.run(async () => {
      if (isKnownEvent(this.state, trigger.event)) {
        // It was stored, and what was due then may have failed.
        await this.#advance();
        return undefined;
      }
      const known = this.state.owed.some((owed) => owed.mailbox === trigger.mailbox);
      if (!known && this.state.owed.length >= MAX_MAILBOXES) return 'too many mailboxes for one device';
      await this.#document.update((state) => recordTrigger(state, trigger));
      this.#observer.triggered(trigger, contact);
      await this.#advance();
      return undefined;
    });
  }

  /** Answers with a request or with `nothing`, from what is stored. */
  hello(hello: Hello): Promise<void> {
    return this.#turn.run(async () => {
      const now = this.#context.clock.now();
      const answer = answerTo(this.state, hello, now, this.#context.policy);
      const session = {
        request: answer.request,
        answered: answer.do === 'sync',
        now,
        policy: this.#context.policy,
      };
      if (session.answered || hello.counter > this.state.reportedCounter) {
        await this.#document.update((state) => recordHello(state, hello, session));
      }
      const deviceRevision = this.state.settings.device?.revision ?? 0;
      const lost = hello.settings > deviceRevision ? { settings: deviceRevision } : {};
      this.#publish('the answer to a hello', topics.request(this.device), { ...answer, ...lost });
      this.#observer.answered(hello, answer);
      const { server } = this.state.settings;
      const changed = server.revision > 0 || server.seen > 0;
      const behind = hello.seen !== undefined && hello.seen !== server.revision;
      if (hello.settings !== deviceRevision || behind || (changed && !this.#context.told.has(this.device))) {
        this.#tellSettings();
      }
      await this.#advance();
    });
  }

  reported(report: Report): Promise<void> {
    return this.#turn.run(async () => {
      if (this.state.lastReport === reportName(report)) return this.#advance();
      const { clock, policy, stateDirectory, files } = this.#context;
      const at = clock.now();
      await appendSession(stateDirectory, { device: this.device, at, report }, files);
      await this.#document.update((state) => recordReport(state, report, at, policy));
      this.#observer.reported(report, this.state.owed.length);
      await this.#advance();
    });
  }

  /** The device's own document; answered whenever the device cannot know ours, or ours changed with it. */
  deviceSettings(received: Settings): Promise<void> {
    return this.#turn.run(async () => {
      const before = this.state.settings;
      const draft = structuredClone(this.state) as DeviceState;
      const isNew = recordDeviceSettings(draft, received);
      const merged = mergeSettings(before.server, draft.settings.device ?? undefined);
      if (isNew) await this.#applySettings({ ...draft.settings, server: merged.mine }, 'from the device');
      const late = !isNew && before.device !== null && received.revision < before.device.revision;
      if (late || merged.mine !== before.server || received.seen < merged.mine.revision) this.#tellSettings();
    });
  }

  /** The user's choice at the server. Resolves once it is stored, with what both sides come to. */
  setSettings(change: { on?: boolean; intervalSeconds?: number }): Promise<EffectiveSettings> {
    return this.#turn.run(async () => {
      const { server, device } = this.state.settings;
      const changed = changeSettings(server, device ?? undefined, change);
      await this.#applySettings({ server: changed, device }, 'at the server');
      this.#tellSettings();
      return effective(this.state);
    });
  }

  /** What a user chose at a mail server, or a question of it: answered once it is stored. The same event counts once. */
  changedAtMail(change: SettingsChange): Promise<void> {
    return this.#turn.run(async () => {
      const allowed = isKnownEvent(this.state, change.event) ? {} : allowedChange(this.state, change);
      if (Object.keys(allowed).length > 0) {
        const { server, device } = this.state.settings;
        const changed = changeSettings(server, device ?? undefined, allowed);
        await this.#applySettings({ server: changed, device }, 'at the mail server', change.event);
        this.#tellSettings();
      }
      this.#tellMail(change.event);
    });
  }

  /** The address book says another way to reach the device, or the first: a mail server may have asked for its settings before. */
  newWay(): Promise<void> {
    return this.#turn.run(async () => {
      this.#tellMail();
      if (this.state.outstanding) {
        await this.#document.update((state) => recordNewWay(state, this.#context.clock.now()));
      }
      await this.#advance();
    });
  }

  /** Something may be due: a retry, the end of the interval, a start of the server. */
  due(): Promise<void> {
    return this.#turn.run(() => this.#advance());
  }

  async #applySettings(settings: DeviceState['settings'], where: string, event?: string): Promise<void> {
    await this.#document.update((state) => {
      state.settings = settings;
      if (event !== undefined) recordEvent(state, event);
      if (!effective(state).on) state.outstanding = null;
    });
    this.#observer.settings(effective(this.state), where);
    if (event === undefined) this.#tellMail();
    await this.#advance();
  }

  /** Does what the rules say now, and puts the rest on the due-list. Runs within the turn. */
  async #advance(): Promise<void> {
    const { clock, policy, due } = this.#context;
    const now = clock.now();
    if (isFromFuture(this.state, now, policy)) {
      await this.#document.update((state) => recordClockSetBack(state, now, policy));
    }
    const decision = decide(this.state, now, policy);
    this.#observer.decided(decision, this.state);
    if (decision.do === 'wait') due.set(this.device, decision.until);
    else due.delete(this.device);
    if (decision.do === 'give-up')
      await this.#document.update((state) => recordExhausted(state, now, policy));
    // One at a time, whatever the user does meanwhile: when that one is through, it is decided again.
    if (decision.do !== 'trigger' || this.#sending) return;
    const contact = this.#context.addressBook.find(this.device);
    if (contact) await this.#trigger(decision.attempt, contact);
    else this.#observer.withoutContact();
  }

  async #trigger(attempt: number, contact: Contact): Promise<void> {
    const { clock, policy } = this.#context;
    const request = this.state.outstanding?.request || randomUUID();
    const now = clock.now();
    await this.#document.update((state) => recordSending(state, { request, attempt, now, policy }));
    this.#context.due.set(this.device, this.state.outstanding?.due ?? now);
    const { counter } = this.state;
    const answer = syncRequest(this.state, request, now, policy);
    this.#publish('a sync request', topics.request(this.device), answer);
    this.#observer.requestQueued(answer);
    this.#sending = true;
    this.#context.background('sending a second trigger', (signal) =>
      this.#send({ request, attempt, counter }, contact, signal).finally(() => {
        this.#sending = false;
      }),
    );
  }

  /** Runs beside the turn. */
  async #send(
    { request, attempt, counter }: { request: string; attempt: number; counter: number },
    contact: Contact,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, policy, gateways, log } = this.#context;
    const text = sealTrigger(keyOf(contact), this.device, counter);
    const kind = rungOf(policy, attempt).trigger ?? contact.trigger;
    const wanted = () => isSending(this.state, request);
    const means = { gateways, clock, deadlineMs: policy.gatewayDeadlineMs, log, wanted };
    const sent = await sendTrigger({ contact, kind, text }, means, signal);
    if (sent.sent || wanted()) this.#observer.sent(sent, contact, attempt);
    await this.#turn.run(async () => {
      const now = clock.now();
      this.#sending = false;
      await this.#document.update((state) => {
        if (sent.sent) recordSent(state, request, now, policy);
        else recordNotSent(state, request, { ...sent, now, policy });
      });
      await this.#advance();
    });
  }

  #tellSettings(): void {
    const { background, bus } = this.#context;
    const { server } = this.state.settings;
    background('publishing the settings', async (signal) => {
      await bus.publish(topics.serverSettings(this.device), server, signal);
      this.#context.told.add(this.device);
    });
  }

  #tellMail(event?: string): void {
    this.#publish('what the settings come to', topics.effective, toldToMail(this.device, this.state, event));
  }

  #publish<T>(what: string, topic: Topic<T>, payload: T): void {
    const { background, bus } = this.#context;
    background(`publishing ${what}`, (signal) => bus.publish(topic, payload, signal));
  }
}
