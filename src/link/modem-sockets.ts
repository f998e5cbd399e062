import type { Clock } from '../base/clock.ts';
import { abortable, withDeadline } from '../base/deadline.ts';
import { type Settlable, settlable } from '../base/settlable.ts';
import type { AtChannel, AtReply, CommandOptions } from '../modem/at-channel.ts';
import { ModemError } from '../modem/errors.ts';
import type { SocketCommand, SocketEvent, SocketRefusal, SocketsDialect } from './dialect.ts';
import { LinkError } from './link.ts';

/** A command whose outcome is told by an event, before or after its end, or by its end. */
export interface SocketRequest {
  readonly command: SocketCommand;
  readonly answer: (event: SocketEvent) => boolean;
  /** Until the event must be there, where the dialect does not say. */
  readonly seconds: number;
  readonly prompt?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** A command was refused with a reason of the dialect. */
export class SocketRefused extends LinkError {
  readonly refusal: SocketRefusal;

  constructor(text: string, refusal: SocketRefusal, cause?: unknown) {
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
  #quiet = false;

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
  query(text: string, signal?: AbortSignal): Promise<AtReply> {
    return this.#channel.command(text, { signal });
  }

  /** Sends a command that has no event. Rejects with SocketRefused where the dialect says why, else ModemError. */
  async command(command: SocketCommand, options: CommandOptions = {}): Promise<AtReply> {
    const { text, shown, seconds, final } = command;
    try {
      const reply = await this.#channel.command(text, {
        claims: this.dialect.claims,
        ...(shown === undefined ? {} : { shown }),
        ...(seconds === undefined ? {} : { timeout: seconds * 1000 }),
        ...(final === undefined ? {} : { final: (line) => final.test(line) }),
        ...options,
      });
      for (const line of reply.lines) this.#hear(line);
      return reply;
    } catch (error) {
      throw await this.#explain(shown ?? text, error);
    }
  }

  /** Sends a command and waits for its event. Rejects with DeadlineError, SocketRefused, ModemError or the reason of `stop`. */
  async request(request: SocketRequest): Promise<SocketEvent> {
    const { command, answer, prompt } = request;
    const ms = (command.seconds ?? request.seconds) * 1000;
    const waiter: Waiter = { answer, found: settlable() };
    waiter.found.promise.catch(() => {});
    this.#waiters.add(waiter);
    try {
      const wait = { what: command.shown ?? command.text, ms, signal: request.signal };
      return await withDeadline(this.#clock, wait, async (signal) => {
        const options = { timeout: ms, signal, ...(prompt ? { prompt } : {}) };
        // Some firmwares tell the outcome and then say ERROR: the outcome says more.
        const reply = await this.command(command, options).catch((error: unknown) => {
          if (this.#waiters.has(waiter)) throw error;
        });
        if (reply && command.means) return command.means(reply.final);
        return await abortable(waiter.found.promise, signal);
      });
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  /** Does something that may end a session which is not ours: only who waits for an event hears it. */
  async quietly(work: () => Promise<void>): Promise<void> {
    this.#quiet = true;
    try {
      await work();
    } finally {
      this.#quiet = false;
    }
  }

  /** Fails every request that waits, and listens no more. */
  stop(error: Error): void {
    this.#forget();
    for (const waiter of this.#waiters) waiter.found.reject(error);
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
    if (!this.#quiet) this.#onEvent(event);
  }

  async #explain(text: string, error: unknown): Promise<unknown> {
    if (!wasRefused(error)) return error;
    const lines = Array.isArray(error.fields.lines) ? (error.fields.lines as string[]) : [];
    for (const line of lines) this.#hear(line);
    const refusal = this.#refusalIn(lines) ?? this.#refusalIn(await this.#why());
    return refusal ? new SocketRefused(text, refusal, error) : error;
  }

  #refusalIn(lines: readonly string[]): SocketRefusal | undefined {
    return lines.map((line) => this.dialect.refusal(line)).find((one) => one !== undefined);
  }

  async #why(): Promise<readonly string[]> {
    const { askWhy } = this.dialect;
    if (!askWhy) return [];
    // Commands of other connections may have come between: then it tells of theirs. Where it tells nothing, ERROR has to do.
    return this.query(askWhy.text).then(
      ({ lines }) => lines,
      () => [],
    );
  }
}

/** Whether the modem itself said no to a command. */
export function wasRefused(error: unknown): error is ModemError | SocketRefused {
  if (error instanceof SocketRefused) return true;
  return error instanceof ModemError && (error.code === 'error' || error.code === 'cme-error');
}
