import type { Log } from '../../base/log.ts';
import { redactNumber } from '../../base/redact.ts';
import type { StepName } from '../../base/steps.ts';
import type { EffectiveSettings } from '../../bus/settings.ts';
import type { Hello, Report, Request, SyncRequest, Trigger } from '../../bus/topics.ts';
import type { Contact } from './address-book.ts';
import type { Context } from './context.ts';
import type { Decision } from './decide.ts';
import type { Sent } from './second-trigger.ts';
import type { DeviceState } from './state.ts';

/** Tells people and the log what happens at one device's desk. */
export class DeskObserver {
  readonly #device: string;
  readonly #log: Log;
  readonly #context: Pick<Context, 'observe' | 'clock'>;
  /** What was last told about waiting, so that it is told once. */
  #waiting = '';

  constructor(device: string, context: Pick<Context, 'observe' | 'clock' | 'log'>) {
    this.#device = device;
    this.#log = context.log.child({ device });
    this.#context = context;
  }

  triggered(trigger: Trigger, contact: Contact): void {
    const by = contact.trigger === 'call' ? 'a call' : 'SMS';
    const number = redactNumber(contact.number);
    this.#tell('address-book', `${this.#device} is ${number}, reached by ${by}`, {
      event: trigger.event,
      mailbox: trigger.mailbox,
      trigger: contact.trigger,
    });
  }

  decided(decision: Decision, state: DeviceState): void {
    const held =
      decision.do === 'wait' && decision.why !== 'report' ? `${decision.why}:${decision.until}` : '';
    const off = decision.do === 'rest' && decision.why === 'off' ? `off:${state.events.at(-1)}` : '';
    const before = this.#waiting;
    this.#waiting = held || off;
    if (decision.do === 'give-up') this.#gaveUp(state);
    else if (decision.do === 'trigger') {
      if (before.startsWith('interval') || before.startsWith('budget')) this.#released(state);
      if (decision.attempt > 0) this.#retry(decision.attempt);
    } else if (this.#waiting && this.#waiting !== before) this.#held(decision);
  }

  sent(sent: Sent, contact: Contact, attempt: number): void {
    const number = redactNumber(contact.number);
    if (!sent.sent) {
      const { reason, trouble } = sent;
      // A gateway over its cap has said so itself, once a day.
      const level = trouble.temporary || trouble.freeAt === undefined ? 'error' : 'info';
      this.#log[level]({ reason }, 'No gateway sent the second trigger');
      this.#context.observe({ name: 'retry', text: `No gateway could send: ${reason}` });
      return;
    }
    const fields = { gateway: sent.gateway, attempt, ...(sent.outcome ? { outcome: sent.outcome } : {}) };
    if (sent.kind === 'sms') this.#tell('sms-sent', `Second trigger sent as SMS to ${number}`, fields);
    else this.#tell('call-placed', `Second trigger placed as a call to ${number}: ${sent.outcome}`, fields);
    if (sent.outcome === 'answered') this.#log.warn(fields, 'The call was answered: it costs money');
  }

  requestQueued({ request, hint }: SyncRequest): void {
    this.#log.info({ request, hint }, 'Queued a sync request');
  }

  answered(hello: Hello, answer: Request): void {
    const what = answer.do === 'sync' ? `synchronise ${answer.hint.count} new` : 'nothing to do';
    const fields = { cause: hello.cause, request: answer.request };
    this.#tell('request-sent', `${this.#device} said hello (${hello.cause}): ${what}`, fields);
  }

  reported({ result, reason, request, cost, cause }: Report, owed: number): void {
    const rest = owed > 0 ? `; ${owed} mailbox${owed > 1 ? 'es' : ''} still owed` : '';
    const why = reason ? ` (${reason})` : '';
    this.#tell('report-received', `${this.#device} reports ${result}${why}${rest}`, {
      request,
      cause,
      result,
      cost,
    });
  }

  settings({ on, intervalSeconds }: EffectiveSettings, where: string): void {
    const text = `${this.#device} is ${on ? 'on' : 'off'}, at most every ${intervalSeconds} s (set ${where})`;
    this.#tell('settings', text, { on, intervalSeconds });
  }

  withoutContact(): void {
    this.#tell('refused', `${this.#device} is no longer in the address book: nothing is sent`, {});
  }

  #held(decision: Decision): void {
    if (decision.do === 'rest') {
      this.#tell('held-back', `${this.#device} is switched off: mail waits`, {});
    } else if (decision.do === 'wait') {
      const seconds = Math.ceil((decision.until - this.#context.clock.now()) / 1000);
      const why = decision.why === 'budget' ? 'the budget is used up' : 'it synchronised a moment ago';
      this.#tell('held-back', `Mail for ${this.#device} waits ${seconds} s: ${why}`, {
        why: decision.why,
        seconds,
      });
    }
  }

  #released(state: DeviceState): void {
    const count = state.owed.reduce((sum, owed) => sum + owed.count, 0);
    this.#tell('released', `The wait is over: one trigger for ${count} new`, { count });
  }

  #gaveUp(state: DeviceState): void {
    const attempts = (state.outstanding?.attempt ?? 0) + 1;
    const mailboxes = state.owed.map(({ mailbox }) => mailbox);
    const text = `${this.#device} answered no trigger of ${attempts}: it is rung no more until it comes by itself or new mail arrives`;
    this.#log.warn({ attempts, mailboxes }, text);
    this.#context.observe({ name: 'gave-up', text, fields: { device: this.#device, attempts } });
  }

  #retry(attempt: number): void {
    this.#tell('retry', `No report from ${this.#device}: attempt ${attempt + 1}`, { attempt });
  }

  #tell(name: StepName, text: string, fields: Readonly<Record<string, unknown>>): void {
    this.#log.info(fields, text);
    this.#context.observe({ name, text, fields: { device: this.#device, ...fields } });
  }
}
