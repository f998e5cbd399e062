import { type Clock, systemClock } from '../../base/clock.ts';
import { asError, codeOf, RingpostError } from '../../base/errors.ts';
import { type Files, nodeFiles } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import { Mutex } from '../../base/mutex.ts';
import { started } from '../../base/started.ts';
import { type Observe, unobserved } from '../../base/steps.ts';
import type { Bus } from '../../bus/bus.ts';
import type { EffectiveSettings } from '../../bus/settings.ts';
import { type Effective, topics } from '../../bus/topics.ts';
import type { AnnotatedMailbox, AnnotatedMailboxes } from '../annotated-mailboxes.ts';
import { readAnnotations, settingsEntries } from '../annotations.ts';
import { DueList } from '../message/due-list.ts';
import { SettingsOfDevice } from './device-settings.ts';
import { openDeviceSettings, rememberedDevices } from './state.ts';
import type { Choice } from './three-way.ts';

export interface SettingsAgentOptions {
  /** As a mail server. */
  readonly bus: Bus;
  /** One process owns it. */
  readonly stateDirectory: string;
  readonly clock?: Clock;
  readonly files?: Files;
  readonly log: Log;
  readonly observe?: Observe;
}

/** The mail server's side of the settings (R10, R12). Disposing stops it; what the message server has not is on the disk. */
export interface SettingsAgent extends AsyncDisposable {
  /** A device of this mail server: its settings are asked for. */
  know(device: string): Promise<void>;
  /** A user's choice. Resolves once it is on the disk; it goes to the message server until that has it. */
  choose(device: string, choice: Choice): Promise<void>;
  /** `settings`: as far as is known here, with the choices made here; `told`: the message server has those. */
  status(device: string): { readonly settings: EffectiveSettings | undefined; readonly told: boolean };
  /** Takes what users write into annotations, and writes there what is in force. */
  follow(mailboxes: AnnotatedMailboxes): void;
}

const FIRST_RESEND_MS = 15_000;
const LONGEST_RESEND_MS = 10 * 60_000;
/** How often it asks what is in force, for a broker may lose what it was told. */
const ASK_MS = 3_600_000;
const ANNOTATION_RETRY_MS = 60_000;

/** Starts it with the devices that it remembers; each is asked for at the message server. Throws what the bus or the disk did. */
export async function startSettingsAgent(options: SettingsAgentOptions): Promise<SettingsAgent> {
  return started(new Agent(options));
}

class Agent implements SettingsAgent {
  readonly #options: SettingsAgentOptions;
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #log: Log;
  readonly #observe: Observe;
  readonly #stop = new AbortController();
  readonly #devices = new Map<string, Promise<SettingsOfDevice>>();
  readonly #open = new Map<string, SettingsOfDevice>();
  readonly #resends = new Map<string, number>();
  readonly #due: DueList;
  readonly #running = new Set<Promise<void>>();
  readonly #followed: AnnotatedMailboxes[] = [];
  /** One writer a mailbox. */
  readonly #turns = new Map<string, Mutex>();

  constructor(options: SettingsAgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#files = options.files ?? nodeFiles;
    this.#log = options.log;
    this.#observe = options.observe ?? unobserved;
    this.#due = new DueList(this.#clock, (device) => this.#background(() => this.#send(device)));
  }

  async start(): Promise<void> {
    for (const device of await rememberedDevices(this.#options.stateDirectory, this.#files)) {
      await this.know(device).catch((error: unknown) =>
        this.#log.error({ device, err: error }, 'The settings of this device cannot be used'),
      );
    }
    const { bus } = this.#options;
    await bus.subscribe(topics.effective, (told) => this.#told(told), this.#stop.signal);
    this.#background(() => this.#due.run(this.#stop.signal));
  }

  async know(device: string): Promise<void> {
    const isNew = !this.#devices.has(device);
    await this.#settingsOf(device);
    if (isNew) this.#due.set(device, this.#clock.now());
  }

  async choose(device: string, choice: Choice): Promise<void> {
    await (await this.#settingsOf(device)).choose(choice);
    this.#tell(device, choice);
    this.#sendNow(device);
  }

  status(device: string) {
    const known = this.#open.get(device);
    return { settings: known?.current, told: known !== undefined && known.pending === null };
  }

  follow(mailboxes: AnnotatedMailboxes): void {
    this.#followed.push(mailboxes);
    const look = (found: AnnotatedMailbox) => this.#background(() => this.#found(mailboxes, found));
    const end = mailboxes.onChanged(look);
    this.#stop.signal.addEventListener('abort', end, { once: true });
    for (const found of mailboxes.known()) look(found);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new RingpostError('The settings agent was stopped', { code: 'closed' }));
    await Promise.allSettled(this.#running);
  }

  async #send(device: string): Promise<void> {
    const known = await this.#settingsOf(device);
    const message = known.message();
    const sent = await this.#options.bus.publish(topics.settingsChange, message, this.#stop.signal).then(
      () => true,
      (error: unknown) => this.#notSent(device, error),
    );
    if (known.pending && known.pending.event !== message.event) return this.#sendNow(device);
    const resends = this.#resends.get(device) ?? 0;
    if (sent) this.#resends.set(device, resends + 1);
    const again = Math.min(FIRST_RESEND_MS * 2 ** Math.min(resends, 10), LONGEST_RESEND_MS);
    this.#due.set(device, this.#clock.now() + (sent && !known.pending ? ASK_MS : again));
  }

  #notSent(device: string, error: unknown): boolean {
    this.#stop.signal.throwIfAborted();
    this.#log.warn(
      { device, err: asError(error) },
      'Settings were not sent to the message server; they will be',
    );
    return false;
  }

  #sendNow(device: string): void {
    this.#resends.delete(device);
    this.#due.set(device, this.#clock.now());
  }

  /** Everybody's come; ours are those of the devices of our mailboxes. */
  async #told(told: Effective): Promise<void> {
    const known = await this.#devices.get(told.device);
    if (!known) return;
    if (told.refused) this.#log.warn({ device: told.device, refused: told.refused }, 'Settings were refused');
    if (!(await known.told(told))) return;
    if (known.pending) this.#sendNow(told.device);
    else this.#due.set(told.device, this.#clock.now() + ASK_MS);
    for (const mailboxes of this.#followed) {
      for (const found of mailboxes.known()) {
        if (found.annotations.device === told.device) this.#background(() => this.#found(mailboxes, found));
      }
    }
  }

  /** Takes what the mailbox shows, and writes what it should. What it shows is read again before anything is written over it. */
  async #found(mailboxes: AnnotatedMailboxes, found: AnnotatedMailbox): Promise<void> {
    const { user, mailbox, annotations } = found;
    const { device } = annotations;
    if (device === undefined) return;
    await this.know(device);
    const known = await this.#settingsOf(device);
    const key = `${user} ${mailbox}`;
    const before = known.pending?.event;
    const should = await known.read(key, choiceIn(annotations));
    if (should) await this.#turnOf(key).run(() => this.#write(mailboxes, found, known));
    if (known.pending && known.pending.event !== before) {
      this.#tell(device, known.pending);
      this.#sendNow(device);
    }
  }

  async #write(
    mailboxes: AnnotatedMailboxes,
    { user, mailbox }: AnnotatedMailbox,
    known: SettingsOfDevice,
  ): Promise<void> {
    const key = `${user} ${mailbox}`;
    const { signal } = this.#stop;
    try {
      const { annotations } = readAnnotations(await mailboxes.read(user, mailbox, signal));
      if (annotations.device !== known.device) return;
      const should = await known.read(key, choiceIn(annotations));
      if (!should) return;
      await mailboxes.write(user, mailbox, settingsEntries(should), signal);
      await known.written(key, should);
    } catch (error) {
      if (signal.aborted || codeOf(error) === 'no-metadata') return;
      const fields = { user, mailbox, err: asError(error) };
      this.#log.warn(fields, 'Annotations could not be brought in step; later');
      this.#background(() => this.#later(mailboxes, user, mailbox));
    }
  }

  async #later(mailboxes: AnnotatedMailboxes, user: string, mailbox: string): Promise<void> {
    await this.#clock.sleep(ANNOTATION_RETRY_MS, this.#stop.signal);
    const now = mailboxes.known().find((one) => one.user === user && one.mailbox === mailbox);
    if (now) await this.#found(mailboxes, now);
  }

  #turnOf(key: string): Mutex {
    const turn = this.#turns.get(key) ?? new Mutex();
    this.#turns.set(key, turn);
    return turn;
  }

  #settingsOf(device: string): Promise<SettingsOfDevice> {
    const before = this.#devices.get(device);
    if (before) return before;
    const opening = openDeviceSettings(this.#options.stateDirectory, device, this.#files).then((document) => {
      const opened = new SettingsOfDevice(device, document);
      this.#open.set(device, opened);
      return opened;
    });
    this.#devices.set(device, opening);
    opening.catch(() => this.#devices.delete(device));
    return opening;
  }

  #tell(device: string, { on, intervalSeconds }: Choice): void {
    const text = `The settings of ${device} were changed at the mail server`;
    this.#log.info({ device, on, intervalSeconds }, text);
    this.#observe({ name: 'settings', text, fields: { device, on, intervalSeconds } });
  }

  #background(work: () => Promise<void>): void {
    const running = work().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#log.error({ err: asError(error) }, 'Settings could not be kept');
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }
}

function choiceIn({ on, intervalSeconds }: Choice): Choice {
  return { ...(on !== undefined && { on }), ...(intervalSeconds !== undefined && { intervalSeconds }) };
}
