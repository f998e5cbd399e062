import type { Clock } from '../base/clock.ts';
import { abortable, withDeadline } from '../base/deadline.ts';
import { type Settlable, settlable } from '../base/settlable.ts';
import type { AtChannel, AtReply, CommandOptions } from '../modem/at-channel.ts';
import { ModemError } from '../modem/errors.ts';
import type { SocketEvent, SocketRefusal, SocketsDialect } from './dialect.ts';
import { LinkError } from './link.ts';

/** A command whose outcome is told by an event, before or after its OK. */
export interface SocketRequest {
  readonly text: string;
  readonly answer: (event: SocketEvent) => boolean;
  /** Milliseconds until the event must be there. */
  readonly timeout: number;
  readonly prompt?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** A command was refused with a reason of the dialect. */
export class SocketRefused extends LinkError {
  readonly refusal: SocketRefusal;

  constructor(text: string, refusal: SocketRefusal, cause: unknown) {
    super(`${text}: ${refusal.words}`, {
      code: 'link-refused',
      temporary: true,
      fields: { command: text, reply: refusal.words },
      cause,
    });
    this.refusal = refusal;
  }
}

interface Waiter {
  readonly answer: (event: SocketEvent) => boolean;
  readonly found: Settlable<SocketEvent>;
}

/** Sends the commands of a dialect and brings together what the modem answers now with what it tells later. */
export class ModemSockets {
  readonly dialect: SocketsDialect;
  readonly #channel: AtChannel;
  readonly #clock: Clock;
  readonly #onEvent: (event: SocketEvent) => void;
  readonly #waiters = new Set<Waiter>();
  readonly #forget: () => void;

  /** `onEvent` gets every event that no request was waiting for. */
  constructor(
    channel: AtChannel,
    clock: Clock,
    dialect: SocketsDialect,
    onEvent: (event: SocketEvent) => void,
  ) {
    this.#channel = channel;
    this.#clock = clock;
    this.dialect = dialect;
    this.#onEvent = onEvent;
    this.#forget = channel.onUrc((line) => this.#hear(line));
  }

  /** Asks for a state; its answer is no event, even where it looks like one. */
  query(text: string, signal: AbortSignal): Promise<AtReply> {
    return this.#channel.command(text, { signal });
  }

  /** Sends a command that has no event. Rejects with SocketRefused where the dialect says why, else ModemError. */
  async command(text: string, options: CommandOptions = {}): Promise<AtReply> {
    try {
      const reply = await this.#channel.command(text, { claims: this.dialect.claims, ...options });
      for (const line of reply.lines) this.#hear(line);
      return reply;
    } catch (error) {
      throw this.#explain(text, error);
    }
  }

  /** Sends a command and waits for its event. Rejects with DeadlineError, SocketRefused, ModemError or the reason of `stop`. */
  async request(request: SocketRequest): Promise<SocketEvent> {
    const { text, answer, timeout, prompt } = request;
    const waiter: Waiter = { answer, found: settlable() };
    waiter.found.promise.catch(() => {});
    this.#waiters.add(waiter);
    try {
      const wait = { what: text, ms: timeout, signal: request.signal };
      return await withDeadline(this.#clock, wait, async (signal) => {
        const options = { timeout, signal, ...(prompt ? { prompt } : {}) };
        // Some firmwares tell the outcome and then say ERROR: the outcome says more.
        await this.command(text, options).catch((error: unknown) => this.#unlessFound(waiter, error));
        return await abortable(waiter.found.promise, signal);
      });
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  /** Fails every request that waits, and listens no more. */
  stop(error: Error): void {
    this.#forget();
    for (const waiter of this.#waiters) waiter.found.reject(error);
  }

  async #unlessFound(waiter: Waiter, error: unknown): Promise<void> {
    if (this.#waiters.has(waiter)) throw error;
  }

  #hear(line: string): void {
    const event = this.dialect.event(line);
    if (!event) return;
    for (const waiter of this.#waiters) {
      if (!waiter.answer(event)) continue;
      this.#waiters.delete(waiter);
      waiter.found.resolve(event);
      return;
    }
    this.#onEvent(event);
  }

  #explain(text: string, error: unknown): unknown {
    if (!(error instanceof ModemError) || !Array.isArray(error.fields.lines)) return error;
    const lines: string[] = error.fields.lines;
    for (const line of lines) this.#hear(line);
    const refusal = lines.map((line) => this.dialect.refusal(line)).find((one) => one !== undefined);
    return refusal ? new SocketRefused(text, refusal, error) : error;
  }
}
