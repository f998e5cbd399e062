import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Mutex } from '../base/mutex.ts';
import { redactNumbers } from '../base/redact.ts';
import { type Settlable, settlable } from '../base/settlable.ts';
import type { AtChannel, AtReply, CommandOptions, UrcListener } from './at-channel.ts';
import {
  abortError,
  closedError,
  LINE_CLOSED,
  noConnect,
  silentError,
  timeoutError,
} from './channel-errors.ts';
import { leaveData } from './data/leave-data.ts';
import { type DataPhase, OpenDataPhase } from './data-phase.ts';
import { ModemError } from './errors.ts';
import { Framer } from './framer.ts';
import { finalOf } from './result-codes.ts';
import { type RecoveryOptions, Resync } from './resync.ts';
import { RunningCommand } from './running-command.ts';
import type { SerialLine } from './serial-line.ts';
import { Unsolicited } from './unsolicited.ts';

const DEFAULT_TIMEOUT_MS = 5000;

export interface AtChannelOptions {
  /** The channel owns it: disposing the channel closes it. */
  readonly line: SerialLine;
  readonly clock: Clock;
  readonly log: Log;
  /** Prefixes of unsolicited lines beyond `KNOWN_URCS`; a command that claims `'*'` does not get them. */
  readonly knownUrcs?: readonly string[];
  /** Opens the port anew when nothing answers. Without it the channel closes instead. */
  readonly reopen?: (signal: AbortSignal) => Promise<SerialLine>;
  readonly recovery?: RecoveryOptions;
}

/** An AT channel that can also carry a data call over the same line. */
export interface DataAtChannel extends AtChannel {
  /**
   * Sends a command that ends with CONNECT and hands the line over: from the next byte on everything is data.
   * Commands wait until `leave`.
   */
  data(text: string, options?: CommandOptions): Promise<DataPhase>;
  /** Runs `work` when no command and no data call is under way and the line is in step; commands wait until it is done. */
  whenIdle(work: () => Promise<void>): Promise<void>;
  /** The wire of the line as it is now; undefined where it has none. */
  readonly setDtr: SerialLine['setDtr'];
}

/** Opens an AT channel over a line; nothing is sent yet. Modems with echo on and off both work. */
export function openAtChannel(options: AtChannelOptions): DataAtChannel {
  return new LineChannel(options);
}

class LineChannel implements DataAtChannel {
  readonly path: string;
  readonly closed: Promise<Error | undefined>;
  readonly #options: AtChannelOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #turn = new Mutex();
  readonly #framer: Framer;
  readonly #unsolicited: Unsolicited;
  readonly #over = settlable<Error | undefined>();
  readonly #life = new AbortController();
  #line: SerialLine;
  #detach: () => void;
  #why: Error | undefined;
  #running: RunningCommand | undefined;
  #resync: Resync | undefined;
  #phase: OpenDataPhase | undefined;

  constructor(options: AtChannelOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#line = options.line;
    this.path = options.line.path;
    this.closed = this.#over.promise;
    this.#unsolicited = new Unsolicited(options.log, options.knownUrcs);
    this.#framer = new Framer({
      line: (text) => this.#onLine(text),
      prompt: () => this.#onPrompt(),
      payload: (bytes) => this.#running?.addPayload(bytes),
      echo: () => this.#running?.markEchoed(),
      overlong: (length) => this.#log.debug({ length }, 'a line that is too long was dropped'),
    });
    this.#detach = this.#attach(options.line);
  }

  command(text: string, options: CommandOptions = {}): Promise<AtReply> {
    const running = this.#prepare(text, options);
    void this.#turn.run(() => this.#run(running));
    return running.result;
  }

  async data(text: string, options: CommandOptions = {}): Promise<DataPhase> {
    const running = this.#prepare(text, { ...options, connects: true });
    const opened = settlable<DataPhase>();
    running.result.catch(opened.reject);
    void this.#turn.run(() => this.#holdForData(running, opened));
    return await opened.promise;
  }

  whenIdle(work: () => Promise<void>): Promise<void> {
    return this.#turn.run(async () => {
      if (!this.#ended) await work();
    });
  }

  get setDtr(): SerialLine['setDtr'] {
    const line = this.#line;
    return line.setDtr && ((on) => line.setDtr?.(on) ?? Promise.resolve());
  }

  onUrc(listener: UrcListener): () => void {
    return this.#unsolicited.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
    await this.#line.close();
  }

  get #ended(): boolean {
    return this.#life.signal.aborted;
  }

  #attach(line: SerialLine): () => void {
    const remove = line.onData((bytes) => this.#framer.push(bytes));
    let attached = true;
    void line.closed.then((error) => {
      if (attached) this.#end(error ?? new ModemError(`${this.path}: the line was closed`, LINE_CLOSED));
    });
    return () => {
      attached = false;
      remove();
    };
  }

  #prepare(text: string, options: CommandOptions & { connects?: boolean }): RunningCommand {
    const running = new RunningCommand(text, options);
    if (this.#ended) running.fail(this.#closedError(running));
    const { signal } = options;
    if (!signal) return running;
    const onAbort = () => running.abandon(abortError(running, this.path, signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    void running.ended.then(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
    return running;
  }

  /** Runs one command to its end; when it was given up, brings the line back in step before the next one. */
  async #run(running: RunningCommand): Promise<void> {
    if (running.settled) return;
    if (this.#ended) return running.fail(this.#closedError(running));
    const started = this.#clock.monotonic();
    this.#running = running;
    const timer = this.#startTimer(running);
    this.#send(running);
    await running.ended;
    timer.abort();
    this.#framer.promptWanted = false;
    const milliseconds = Math.round(this.#clock.monotonic() - started);
    this.#log.debug({ command: running.shown, milliseconds, abandoned: running.abandoned }, 'AT command');
    if (running.abandoned) await this.#recover(running.shown);
    this.#running = undefined;
  }

  async #holdForData(running: RunningCommand, opened: Settlable<DataPhase>): Promise<void> {
    await this.#run(running);
    const phase = this.#phase;
    if (!phase) return opened.reject(noConnect(running, this.path));
    // Connected after it was given up: nobody waits for it, so it is hung up here.
    if (running.abandoned) await this.#dropCall(phase);
    opened.resolve(phase);
    await Promise.race([phase.left, this.closed]);
    this.#phase = undefined;
    // What the data call left on the line can swallow the first command.
    if (!this.#ended) await this.#recover(running.shown);
  }

  async #dropCall(phase: OpenDataPhase): Promise<void> {
    const { signal: over } = this.#life;
    await leaveData({ phase, how: 'plus', clock: this.#clock, log: this.#log, over });
    phase.leave();
  }

  #startTimer(running: RunningCommand): AbortController {
    const timer = new AbortController();
    const ms = running.options.timeout ?? DEFAULT_TIMEOUT_MS;
    this.#clock.sleep(ms, timer.signal).then(
      () => running.abandon(timeoutError(running, this.path, ms)),
      () => {},
    );
    return timer;
  }

  #send(running: RunningCommand): void {
    const bytes = Buffer.from(`${running.text}\r`, 'latin1');
    this.#framer.promptWanted = running.options.prompt !== undefined;
    this.#framer.expectEcho(bytes);
    this.#write(bytes, running);
  }

  #write(bytes: Uint8Array, running: RunningCommand): void {
    this.#line.write(bytes).catch((cause: unknown) => running.fail(this.#closedError(running, cause)));
  }

  #onPrompt(): void {
    const running = this.#running;
    const bytes = running?.options.prompt;
    if (!running || !bytes || running.settled) return;
    // Raw data may look like anything, so its echo is looked for only where the command was echoed too.
    if (running.echoed) this.#framer.expectEcho(bytes);
    this.#write(bytes, running);
  }

  #onLine(line: string): number {
    this.#log.trace({ line: redactNumbers(line) }, 'line');
    const running = this.#running;
    const taken = running?.take(line, (text) => this.#unsolicited.knows(text)) ?? 'other';
    if (this.#resync && finalOf(line, false)) this.#resync.heard();
    if (taken === 'end' && running?.connects && line.startsWith('CONNECT')) this.#startData(line);
    if (taken === 'other') this.#unsolicited.deliver(line);
    return taken === 'line' ? (running?.payloadAfter(line) ?? 0) : 0;
  }

  #startData(connect: string): void {
    const phase = new OpenDataPhase(connect, this.#line, (rest) => {
      this.#framer.reset();
      this.#framer.push(rest);
    });
    this.#phase = phase;
    this.#resync?.heard();
    this.#framer.startData((bytes) => phase.push(bytes));
  }

  /** Closes the channel when neither ESC and AT nor opening the port anew gets an answer. */
  async #recover(after: string): Promise<void> {
    this.#resync = new Resync(this.#clock, this.#life.signal, this.#options.recovery);
    const answers = (await this.#probe(this.#resync)) || (await this.#reopen(this.#resync, after));
    this.#resync = undefined;
    if (answers || this.#ended) return;
    this.#end(silentError(this.path, after));
  }

  #probe(resync: Resync): Promise<boolean> {
    return resync.run(
      (bytes) => this.#line.write(bytes),
      () => this.#framer.dropPayload(),
    );
  }

  async #reopen(resync: Resync, after: string): Promise<boolean> {
    const { reopen } = this.#options;
    if (!reopen || this.#ended) return false;
    this.#log.warn({ path: this.path, after }, 'the modem does not answer; its port is opened anew');
    this.#detach();
    this.#framer.reset();
    try {
      await this.#line.close();
      this.#line = await reopen(this.#life.signal);
      if (this.#ended) await this.#line.close();
      else this.#detach = this.#attach(this.#line);
    } catch (error) {
      this.#log.warn({ err: error, path: this.path }, 'the port cannot be opened again');
      return false;
    }
    return !this.#ended && this.#probe(resync);
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#why = error;
    this.#detach();
    this.#life.abort(error ?? new ModemError(`${this.path}: the channel was closed`, LINE_CLOSED));
    if (this.#running) this.#running.fail(this.#closedError(this.#running));
    this.#over.resolve(error);
    if (error) void this.#line.close().catch(() => {});
  }

  #closedError(running: RunningCommand, cause: unknown = this.#why): ModemError {
    return closedError(running, this.path, cause);
  }
}
