import type { Clock } from '../base/clock.ts';
import { abortable } from '../base/deadline.ts';
import type { Log } from '../base/log.ts';
import { settlable } from '../base/settlable.ts';
import type { Bus } from '../bus/bus.ts';
import { type Cause, type Request, type SyncRequest, topics } from '../bus/topics.ts';
import type { TriggerKey } from '../trigger/key.ts';
import { DeviceError } from './errors.ts';
import type { UnsentReport } from './state/reports.ts';
import type { State } from './state/state.ts';

/**
 * How long a `nothing` that came before hello was acknowledged is held back: it may be an old one out of the
 * broker's queue, with the answer to this hello behind it.
 */
const GRACE_MS = 2000;

export interface ConversationOptions {
  readonly bus: Bus;
  readonly device: string;
  /** Those that it holds now; the newest is told. */
  readonly keys: readonly Pick<TriggerKey, 'id'>[];
  /** Why hello is said; undefined: it is not, the session only tells settings and reports. */
  readonly cause: Cause | undefined;
  readonly state: State;
  readonly clock: Clock;
  readonly log: Log;
  /** Fires when the session must end. */
  readonly signal: AbortSignal;
}

/** What device and message server say to each other in one session. Everything leaves in one flight. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #requests: Request[] = [];
  readonly #lost = settlable<never>();
  #wake = settlable();
  #isGreeted = false;
  #telling: Promise<void>[] = [];
  readonly #storing = new Set<Promise<void>>();

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#lost.promise.catch(() => {});
    void options.bus.closed.then((cause) => this.#lose(cause));
  }

  /** Subscribes, sends what is owed (reports first), says hello. Does not wait for any of it. */
  begin(): void {
    const { bus, device, state, cause, signal } = this.#options;
    const subscribed = [
      bus.subscribe(topics.request(device), (request) => this.#store(this.#receive(request)), signal),
      bus.subscribe(topics.serverSettings(device), (heard) => this.#store(this.#hear(heard)), signal),
    ];
    for (const unsent of state.reports.unsent) this.#keep(this.tell(unsent));
    this.#tellSettings();
    const hello = cause && bus.publish(topics.hello(device), this.#hello(cause), signal);
    Promise.all([...subscribed, hello]).then(
      () => {
        this.#isGreeted = true;
      },
      (error: unknown) => this.#lose(error),
    );
  }

  /** The server's answer to hello. Rejects when the connection is lost or the signal fires. */
  async answer(signal: AbortSignal): Promise<Request> {
    const first = await this.#next(signal);
    if (first.do === 'sync' || this.#isGreeted) return first;
    const over = new AbortController();
    const grace = this.#options.clock.sleep(GRACE_MS, AbortSignal.any([signal, over.signal]));
    try {
      return await Promise.race([
        this.#next(AbortSignal.any([signal, over.signal])),
        grace.then(() => first),
      ]);
    } finally {
      over.abort();
    }
  }

  /** A further request that came in the meantime, if any. */
  further(): SyncRequest | undefined {
    return this.#requests.splice(0).findLast((one) => one.do === 'sync');
  }

  /** Resolves when the server has the report; it is forgotten here then. */
  async tell({ id, report }: UnsentReport): Promise<void> {
    const { bus, device, state, signal } = this.#options;
    await Promise.race([bus.publish(topics.report(device), report, signal), this.#lost.promise]);
    await this.#store(state.reports.sent(id));
  }

  /** Resolves when everything that was owed was told, or failed to be (it stays owed then). */
  async flush(signal: AbortSignal): Promise<void> {
    while (this.#telling.length > 0) {
      const telling = this.#telling;
      this.#telling = [];
      await abortable(Promise.race([Promise.all(telling), this.#lost.promise]), signal);
    }
  }

  /** Resolves when nothing that was heard or told is still on its way to the disk. Call when the bus is closed. */
  async settled(): Promise<void> {
    while (this.#storing.size > 0) await Promise.allSettled(this.#storing);
  }

  #store(work: Promise<void>): Promise<void> {
    this.#storing.add(work);
    const done = () => this.#storing.delete(work);
    work.then(done, done);
    return work;
  }

  #hello(cause: Cause) {
    const { state, keys } = this.#options;
    const { pending, settings } = state;
    const key = keys.length > 0 ? { key: Math.max(...keys.map(({ id }) => id)) } : {};
    const { mine, serverRevision: seen } = settings;
    return { ...key, cause, counter: pending.guard.highest(), settings: mine.revision, seen };
  }

  async #receive(request: Request): Promise<void> {
    const { state, log } = this.#options;
    if (request.do === 'sync' && request.expires < state.time.now()) {
      log.info({ request: request.request }, 'A request came too late and is ignored');
      return;
    }
    if (request.do === 'sync') await state.pending.keepRequest(request);
    // The broker acknowledged what it then lost.
    if ((request.settings ?? Number.POSITIVE_INFINITY) < state.settings.mine.revision) this.#sayTheSettings();
    this.#requests.push(request);
    this.#wake.resolve();
  }

  async #hear(heard: Parameters<State['settings']['heard']>[0]): Promise<void> {
    await this.#options.state.settings.heard(heard);
    this.#tellSettings();
  }

  #tellSettings(): void {
    if (this.#options.state.settings.untold) this.#sayTheSettings();
  }

  #sayTheSettings(): void {
    const { bus, device, state, signal } = this.#options;
    const { mine } = state.settings;
    const told = bus.publish(topics.deviceSettings(device), mine, signal);
    this.#keep(Promise.race([told, this.#lost.promise]).then(() => state.settings.toldServer(mine)));
  }

  async #next(signal: AbortSignal): Promise<Request> {
    for (;;) {
      const request = this.#requests.shift();
      if (request) return request;
      await abortable(Promise.race([this.#wake.promise, this.#lost.promise]), signal);
      this.#wake = settlable();
    }
  }

  #keep(telling: Promise<void>): void {
    const { log } = this.#options;
    const kept = telling.catch((error: unknown) =>
      log.warn({ err: error }, 'Not told to the message server; kept'),
    );
    this.#telling.push(this.#store(kept));
  }

  #lose(cause: unknown): void {
    const message = 'the connection to the message server was lost';
    this.#lost.reject(new DeviceError(message, { code: 'server-silent', temporary: true, cause }));
  }
}
