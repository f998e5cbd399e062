import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { codeOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type Settlable, settlable } from '../../base/settlable.ts';
import { MailError } from '../errors.ts';
import type { Command } from './command.ts';
import { CommandQueue } from './command-queue.ts';
import type { Connection } from './connection/connection.ts';
import { StaleProfile } from './stale.ts';
import { watch } from './watchdog.ts';
import type { LiteralPlace } from './wire/line-reader.ts';
import type { Response, StatusResponse } from './wire/response-reader.ts';
import { confused, lost } from './wire/wire-error.ts';

export interface DialogueOptions {
  readonly connection: Connection;
  /** `host:port`, for errors. */
  readonly server: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Milliseconds without a byte from the server, while a reply is due, that end the session. */
  readonly stallMs: number;
  /** Capabilities come from the profile: a BAD means that they are out of date. */
  readonly assumed: boolean;
  readonly largestFreeLiteral: () => number;
  readonly oneByOne: boolean;
}

interface Pending {
  readonly tag: string;
  readonly command: Command<unknown>;
  readonly settle: Settlable<unknown>;
}

/** A server answers a message body before its UID with this much at most kept in memory, bytes. */
const MAX_BUFFERED_LITERAL = 8 * 1024 * 1024;
/** SEARCH answers in one line, whatever the mailbox holds. */
const MAX_LINE = 4 * 1024 * 1024;

/** Commands out, replies in: tags, pipelining, and the one error that ends it all. */
export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #queue: CommandQueue;
  readonly #over = new AbortController();
  readonly #greeting = settlable<StatusResponse>();
  readonly #ended = settlable();
  #pending: Pending[] = [];
  #abandoned = false;
  #dropped = 0;
  #greeted = false;
  #watching = false;
  #handling = 0;
  #lastHandled = 0;
  #lastTag = 0;
  #completed = 0;
  #error: Error | undefined;
  #bye: string | undefined;

  constructor(options: DialogueOptions) {
    this.#options = options;
    const { connection } = options;
    this.#queue = new CommandQueue((flight) => connection.write(flight), options);
    this.#greeting.promise.catch(() => {});
    this.#watch();
  }

  /** The first response. Rejects when the connection ended before. */
  get greeting(): Promise<StatusResponse> {
    return this.#greeting.promise;
  }

  /** Resolves when it is over. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** It was ended from our side. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** How many commands had no answer when the server ended the connection, in order and without being asked. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What the server said with its BYE. */
  get bye(): string | undefined {
    return this.#bye;
  }

  /** How many commands the server has answered. */
  get completed(): number {
    return this.#completed;
  }

  /** Begins to read responses, which come once TLS is up. */
  start(): void {
    const take = (place: LiteralPlace, chunks: AsyncIterable<Buffer>) => this.#take(place, chunks);
    const limits = { maxLine: MAX_LINE, maxBufferedLiteral: MAX_BUFFERED_LITERAL };
    this.#options.connection.startReading({ take, limits });
    void this.#read();
  }

  /** The server is ready for commands: what was queued leaves now, in one flight. */
  open(): void {
    this.#queue.open();
  }

  /** Queues a command behind all others. Rejects with the MailError that ended the dialogue, or that it got. */
  async send<T>(command: Command<T>): Promise<T> {
    if (this.#error) throw this.#error;
    this.#lastTag += 1;
    const tag = this.#lastTag.toString(36);
    const settle = settlable<unknown>();
    if (this.#pending.length === 0) this.#lastHandled = this.#options.clock.monotonic();
    this.#pending.push({ tag, command, settle });
    this.#queue.add(tag, command);
    this.#watch();
    this.#options.log.debug({ tag, verb: command.verb }, 'IMAP command queued');
    return settle.promise as Promise<T>;
  }

  /** Ends it because nobody wants it any more. */
  abandon(error: Error): void {
    if (!this.#error) this.#abandoned = true;
    this.fail(error);
  }

  /** Ends it: every command without result rejects with `error`. */
  fail(error: Error): void {
    if (this.#error) return;
    this.#error = error;
    this.#over.abort();
    this.#options.connection.destroy();
    this.#greeting.reject(error);
    for (const { settle } of this.#pending.splice(0)) settle.reject(error);
    this.#ended.resolve();
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const { clock, stallMs, server } = this.#options;
    const lastProgress = () => this.#lastProgress();
    const onStall = () => this.fail(lost(`after ${stallMs / 1000} s in which ${server} sent nothing`));
    void watch({ clock, stallMs, lastProgress, onStall }, this.#over.signal).finally(() => {
      this.#watching = false;
    });
  }

  #lastProgress(): number | undefined {
    if (this.#handling > 0) return this.#options.clock.monotonic();
    if (this.#pending.length === 0 && this.#greeted) return undefined;
    return Math.max(this.#options.connection.meter.lastReceived, this.#lastHandled);
  }

  async #read(): Promise<void> {
    const { connection, server } = this.#options;
    try {
      for (let next = await connection.next(); next; next = await connection.next())
        await this.#dispatch(next);
      this.#dropped = this.#pending.length;
      const said = this.#bye === undefined ? '' : `: it said BYE ${this.#bye}`;
      this.fail(lost(`by ${server}${said}`));
    } catch (thrown) {
      this.fail(this.#broken(thrown));
    }
  }

  async #dispatch(response: Response): Promise<void> {
    if (!this.#greeted) return this.#greet(response);
    if (response.kind === 'continuation') {
      if (!this.#queue.continued()) this.#options.log.debug('IMAP server asks for more where nothing is due');
      return;
    }
    if (response.kind === 'status') this.#note(response);
    if (response.kind === 'status' && response.tag !== '*') return this.#complete(response);
    // Servers run commands side by side (Dovecot: SEARCH and FETCH), so untagged data names nobody: each command
    // picks what it asked for.
    for (const pending of this.#answerable()) {
      if (pending.command.data) await this.#handle(pending, async () => pending.command.data?.(response));
    }
  }

  /** Commands behind a SELECT wait for another mailbox: until it is selected, UIDs that come are not theirs. */
  #answerable(): Pending[] {
    const select = this.#pending.findIndex(({ command }) => command.selects);
    return select < 0 ? [...this.#pending] : this.#pending.slice(0, select + 1);
  }

  #greet(response: Response): void {
    if (response.kind !== 'status' || response.tag !== '*') {
      throw confused('server-confused', 'it did not begin with a greeting');
    }
    this.#note(response);
    if (response.status === 'BYE')
      throw lost(`by ${this.#options.server}: it greeted with BYE ${response.text}`);
    this.#greeted = true;
    this.#greeting.resolve(response);
  }

  #note(response: StatusResponse): void {
    if (response.status === 'BYE') this.#bye = response.text;
    if (response.code?.name !== 'ALERT') return;
    // RFC 9051 7.1: the text of an ALERT must be shown to the user.
    this.#options.log.warn({ alert: response.text.slice(0, 500) }, 'IMAP server alerts');
  }

  async #complete(completion: StatusResponse): Promise<void> {
    const index = this.#pending.findIndex(({ tag }) => tag === completion.tag.toLowerCase());
    const [done] = index < 0 ? [] : this.#pending.splice(index, 1);
    if (!done) throw confused('server-confused', 'it completed a command that was not sent');
    this.#completed += 1;
    const { command, settle } = done;
    this.#options.log.debug({ verb: command.verb, status: completion.status }, 'IMAP command complete');
    try {
      settle.resolve(await this.#conclude(command, completion));
    } catch (error) {
      settle.reject(error);
      if (error instanceof StaleProfile || command.vital) throw error;
    }
    this.#queue.completed(done.tag);
    // Whoever waits for this result sees it before anything that comes behind it.
    await nextTurn();
  }

  async #conclude(command: Command<unknown>, completion: StatusResponse): Promise<unknown> {
    if (completion.status === 'OK') {
      await command.change?.();
      return command.result(completion);
    }
    const { status, text } = completion;
    const answer = new MailError(`${command.verb} at ${this.#options.server}: ${status} ${text}`, {
      code: status === 'NO' ? 'server-refused' : 'server-confused',
      fields: { verb: command.verb, status, response: completion.code?.name },
      temporary: isPassing(completion),
    });
    if (status === 'BAD' && this.#options.assumed && !command.delivered) {
      throw new StaleProfile('capabilities', answer);
    }
    if (command.refused) return command.refused(completion);
    throw answer;
  }

  #take(place: LiteralPlace, chunks: AsyncIterable<Buffer>): Promise<unknown> | undefined {
    for (const pending of this.#answerable()) {
      const taken = pending.command.take?.(place, this.#watched(chunks));
      if (taken !== undefined) return this.#handle(pending, () => taken);
    }
    return undefined;
  }

  /** The same chunks; while one is waited for, it is the server that has to make progress. */
  #watched(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    const source = chunks[Symbol.asyncIterator]();
    const next = async () => {
      this.#lastHandled = this.#options.clock.monotonic();
      this.#handling -= 1;
      try {
        return await source.next();
      } catch (error) {
        this.fail(this.#broken(error));
        throw error;
      } finally {
        this.#handling += 1;
      }
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  #broken(thrown: unknown): Error {
    if (thrown instanceof MailError || thrown instanceof StaleProfile) return thrown;
    return codeOf(thrown)?.startsWith('Z_')
      ? confused('server-confused', 'what it sends is no deflate stream')
      : lost(`with ${this.#options.server}`, thrown);
  }

  /** Runs what a command does with its data; a failure there ends the session: reading on would cost air for nothing. */
  async #handle({ settle }: Pending, work: () => Promise<unknown>): Promise<unknown> {
    this.#handling += 1;
    try {
      return await work();
    } catch (error) {
      settle.reject(this.#error ?? error);
      this.fail(error instanceof MailError ? error : lost('because a message was not taken', error));
      throw error;
    } finally {
      this.#handling -= 1;
      this.#lastHandled = this.#options.clock.monotonic();
    }
  }
}

/** RFC 5530: the server says that it is only for now. */
export function isPassing({ code }: StatusResponse): boolean {
  return ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'THROTTLED', 'OVERQUOTA'].includes(code?.name ?? '');
}
