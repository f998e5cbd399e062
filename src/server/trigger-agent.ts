import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type Clock, systemClock } from '../base/clock.ts';
import { writeDurable } from '../base/durable.ts';
import { asError, codeOf } from '../base/errors.ts';
import { type Files, nodeFiles } from '../base/files.ts';
import type { Log } from '../base/log.ts';
import { Mutex } from '../base/mutex.ts';
import { started } from '../base/started.ts';
import { type Observe, unobserved } from '../base/steps.ts';
import type { Bus } from '../bus/bus.ts';
import { type Trigger, type TriggerAck, topics, trigger as triggerSchema } from '../bus/topics.ts';
import { DueList } from './message/due-list.ts';

/** Mail was stored in a mailbox. `device` is the remote device id that the mailbox carries, if any. */
export interface StoredMail {
  readonly mailbox: string;
  readonly device?: string | undefined;
  readonly uidvalidity: number;
  /** UIDNEXT after it. */
  readonly uidnext: number;
  /** How many messages, and their bytes. */
  readonly count: number;
  readonly size: number;
}

export interface TriggerAgentOptions {
  readonly bus: Bus;
  /** One process owns it. */
  readonly stateDirectory: string;
  readonly clock?: Clock;
  readonly files?: Files;
  readonly log: Log;
  readonly observe?: Observe;
}

/** The mail server's agent (R3, R4). Disposing stops it; what is not acknowledged is on the disk. */
export interface TriggerAgent extends AsyncDisposable {
  /** Resolves once the first trigger is queued durably; mailboxes without a device id are none of its business. */
  stored(mail: StoredMail): Promise<void>;
  /**
   * At a start: where each mailbox stands. One that is further than the last trigger got mail in the instant
   * before a crash, and is triggered now.
   */
  reconcile(places: Iterable<Omit<StoredMail, 'count' | 'size'>>): Promise<void>;
  /** Mailboxes with a trigger that the message server has not acknowledged. */
  readonly pending: number;
}

/** How long an acknowledgement is awaited before the trigger is sent again; doubled each time. */
const FIRST_RESEND_MS = 15_000;
const LONGEST_RESEND_MS = 10 * 60_000;
/** After 15 s, 45 s and 105 s. */
const RESENDS_BEFORE_WORDS = 3;

/**
 * One file per (device, mailbox). At most one trigger of it is under way; what is stored meanwhile is gathered in
 * `next`. `done` is the furthest place that the message server acknowledged.
 */
const queued = z.object({
  sent: triggerSchema.nullable(),
  next: triggerSchema.nullable(),
  done: z.object({ uidvalidity: z.number(), uidnext: z.number() }).nullable(),
});
type Queued = z.infer<typeof queued>;

interface Entry extends Queued {
  resends: number;
}

/** Starts the agent: what an earlier run left unacknowledged is sent again, with the same event id. */
export async function startTriggerAgent(
  options: TriggerAgentOptions,
  signal?: AbortSignal,
): Promise<TriggerAgent> {
  signal?.throwIfAborted();
  const agent = new Agent(options);
  signal?.addEventListener('abort', () => agent.stop(), { once: true });
  return started(agent);
}

class Agent implements TriggerAgent {
  readonly #bus: Bus;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #log: Log;
  readonly #observe: Observe;
  readonly #stop = new AbortController();
  readonly #turn = new Mutex();
  readonly #entries = new Map<string, Entry>();
  readonly #due: DueList;
  readonly #running = new Set<Promise<void>>();
  /** Events that were told of. */
  readonly #told = new WeakSet<Trigger>();
  #isAway = false;

  constructor(options: TriggerAgentOptions) {
    this.#bus = options.bus;
    this.#directory = options.stateDirectory;
    this.#clock = options.clock ?? systemClock;
    this.#files = options.files ?? nodeFiles;
    this.#log = options.log;
    this.#observe = options.observe ?? unobserved;
    this.#due = new DueList(this.#clock, (file) => this.#background(() => this.#send(file)));
  }

  get pending(): number {
    return [...this.#entries.values()].filter((entry) => entry.sent).length;
  }

  async start(): Promise<void> {
    await this.#files.makeDirectory(this.#directory);
    await this.#load();
    await this.#bus.subscribe(topics.triggerAck, (ack) => this.#acknowledged(ack), this.#stop.signal);
    this.#background(() => this.#due.run(this.#stop.signal));
    for (const [file, { sent }] of this.#entries) if (sent) this.#due.set(file, this.#clock.now());
  }

  async reconcile(places: Iterable<Omit<StoredMail, 'count' | 'size'>>): Promise<void> {
    for (const place of places) {
      const known = place.device && this.#entries.get(fileOf(place.device, place.mailbox));
      const last = known ? (known.next ?? known.sent ?? known.done) : undefined;
      const from = last?.uidvalidity === place.uidvalidity ? last.uidnext : 1;
      if (place.uidnext > from) await this.stored({ ...place, count: place.uidnext - from, size: 0 });
    }
  }

  stored(mail: StoredMail): Promise<void> {
    const { device } = mail;
    if (device === undefined) return Promise.resolve();
    return this.#turn.run(async () => {
      this.#stop.signal.throwIfAborted();
      const { mailbox, uidvalidity, uidnext, count, size } = mail;
      const file = fileOf(device, mailbox);
      const before = this.#entries.get(file);
      const event = randomUUID();
      const more = triggerSchema.parse({ event, device, mailbox, uidvalidity, uidnext, count, size });
      const entry = before?.sent
        ? { ...before, next: before.next ? joined(before.next, more) : more }
        : { sent: more, next: null, done: before?.done ?? null, resends: 0 };
      await this.#store(file, entry);
      if (!before?.sent) this.#due.set(file, this.#clock.now());
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.allSettled(this.#running);
  }

  /** Published, and due again until the acknowledgement: the bus keeps nothing over a restart of the broker. */
  async #send(file: string): Promise<void> {
    const sent = this.#entries.get(file)?.sent;
    if (!sent) return;
    const taken = await this.#publish(sent);
    const entry = this.#entries.get(file);
    if (!entry || entry.sent !== sent) return;
    // While the broker is away, a publish waits for it; only what it took and nobody answered makes the wait longer.
    const wait = Math.min(FIRST_RESEND_MS * 2 ** Math.min(entry.resends, 10), LONGEST_RESEND_MS);
    if (taken) entry.resends += 1;
    if (taken && entry.resends === RESENDS_BEFORE_WORDS) this.#tellUnanswered(sent);
    this.#due.set(file, this.#clock.now() + wait);
  }

  async #publish(sent: Trigger): Promise<boolean> {
    this.#tell(sent);
    try {
      await this.#bus.publish(topics.trigger, sent, this.#stop.signal);
      this.#isAway = false;
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      // Once for all of them: a thousand mailboxes may wait for one broker.
      const fields = { err: asError(error), code: codeOf(error), pending: this.pending };
      if (!this.#isAway) this.#log.warn(fields, 'First triggers are not sent; they are kept, and sent again');
      this.#isAway = true;
      return false;
    }
  }

  /** Everybody's acknowledgements come; ours are those whose event is under way. */
  #acknowledged({ event, refused }: TriggerAck): Promise<void> {
    return this.#turn.run(async () => {
      const found = [...this.#entries].find(([, entry]) => entry.sent?.event === event);
      const sent = found?.[1].sent;
      if (!found || !sent) return;
      const [file, { next }] = found;
      if (refused) {
        this.#log.warn({ event, device: sent.device, refused }, 'The message server refused a first trigger');
      }
      const done = { uidvalidity: sent.uidvalidity, uidnext: sent.uidnext };
      await this.#store(file, { sent: next, next: null, done, resends: 0 });
      if (next) this.#due.set(file, this.#clock.now());
      else this.#due.delete(file);
    });
  }

  async #store(file: string, entry: Entry): Promise<void> {
    const content = JSON.stringify({ sent: entry.sent, next: entry.next, done: entry.done });
    await writeDurable(join(this.#directory, file), `${content}\n`, this.#files);
    this.#entries.set(file, entry);
  }

  async #load(): Promise<void> {
    for (const file of await this.#files.list(this.#directory)) {
      if (!file.endsWith('.json')) continue;
      const path = join(this.#directory, file);
      try {
        const content = queued.parse(JSON.parse((await this.#files.read(path)).toString('utf8')));
        this.#entries.set(file, { ...content, resends: 0 });
      } catch (error) {
        this.#log.error({ path, err: error }, 'Not a trigger that this program wrote: left alone');
      }
    }
  }

  #tellUnanswered({ event, device, mailbox }: Trigger): void {
    const text =
      'The broker took a first trigger, but no message server acknowledges it: it does not run, or the access rules of the broker keep it from us';
    this.#log.warn({ event, device, mailbox, pending: this.pending }, text);
  }

  #tell(trigger: Trigger): void {
    if (this.#told.has(trigger)) return;
    this.#told.add(trigger);
    const { event, device, mailbox, count } = trigger;
    const text = `First trigger for ${device}: ${count} new in ${mailbox}`;
    this.#log.info({ event, device, mailbox, count }, text);
    this.#observe({ name: 'first-trigger', text, fields: { event, device, mailbox, count } });
  }

  #background(work: () => Promise<void>): void {
    const running = work().catch((error: unknown) => {
      if (this.#stop.signal.aborted) return;
      this.#log.warn(
        { err: asError(error), code: codeOf(error) },
        'A first trigger was not sent; it will be again',
      );
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }
}

/** One file per device and mailbox; names of mailboxes are anything, so they go in as a digest. */
function fileOf(device: string, mailbox: string): string {
  return `${device}.${createHash('sha256').update(mailbox).digest('hex').slice(0, 16)}.json`;
}

/** A burst is one trigger; `before` was never sent, so it may take everything in. */
function joined(before: Trigger, more: Trigger): Trigger {
  if (before.uidvalidity !== more.uidvalidity) return more;
  const uidnext = Math.max(before.uidnext, more.uidnext);
  return { ...before, uidnext, count: before.count + more.count, size: before.size + more.size };
}
