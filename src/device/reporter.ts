import { withDeadline } from '../base/deadline.ts';
import type { Report, SyncRequest } from '../bus/topics.ts';
import type { Conversation } from './conversation.ts';
import { DeviceError } from './errors.ts';
import type { Job, SessionContext } from './job.ts';
import type { Meter } from './meter.ts';
import type { UnsentReport } from './state/reports.ts';

/** The part of a report that the work itself knows. */
export interface Reported {
  readonly reached: Report['reached'];
  readonly result: Report['result'];
  readonly reason?: string;
}

/** Reports what a session did: on the disk first, then to the message server if it is there. */
export class Reporter {
  /** Set once the message server is connected. */
  conversation: Conversation | undefined;
  readonly #context: SessionContext;
  readonly #job: Job;
  readonly #meter: Meter;

  constructor(context: SessionContext, job: Job, meter: Meter) {
    this.#context = context;
    this.#job = job;
    this.#meter = meter;
  }

  /** False when the report must wait for the next session. */
  async report(request: SyncRequest | undefined, done: Reported): Promise<boolean> {
    const { state, observe, log } = this.#context;
    const unsent = await state.reports.add({
      ...(request && { request: request.request }),
      reached: done.reached,
      result: done.result,
      ...(done.reason !== undefined && { reason: done.reason }),
      cause: this.#job.cause,
      cost: this.#meter.cost(),
      at: Math.floor(state.time.now()),
    });
    if (request) await state.pending.answered(request.request);
    try {
      await this.#tell(unsent);
      observe({ name: 'report', text: `report sent: ${done.result}` });
      return true;
    } catch (error) {
      log.warn({ err: error }, 'The report is kept for the next session');
      observe({ name: 'report', text: 'report kept for the next session', fields: { kept: true } });
      return false;
    }
  }

  async #tell(unsent: UnsentReport): Promise<void> {
    const { clock, policy } = this.#context.parts;
    const { conversation } = this;
    if (!conversation) {
      const message = 'no connection to the message server';
      throw new DeviceError(message, { code: 'server-silent', temporary: true });
    }
    const wait = { what: 'the acknowledgement of the report', ms: policy.requestMs };
    await withDeadline(clock, wait, () => conversation.tell(unsent));
  }
}
