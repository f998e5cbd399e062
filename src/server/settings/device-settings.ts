import { randomUUID } from 'node:crypto';
import type { Document } from '../../base/document.ts';
import { Mutex } from '../../base/mutex.ts';
import type { EffectiveSettings } from '../../bus/settings.ts';
import type { Effective, SettingsChange } from '../../bus/topics.ts';
import type { DeviceSettings } from './state.ts';
import { type Choice, chosen, shows, withChoice } from './three-way.ts';

/** The settings of one device as its mail server knows them: what is agreed, and what a user chose since. */
export class SettingsOfDevice {
  readonly device: string;
  readonly #document: Document<DeviceSettings>;
  readonly #turn = new Mutex();
  /** The event of the last question. */
  #question = '';

  constructor(device: string, document: Document<DeviceSettings>) {
    this.device = device;
    this.#document = document;
  }

  get pending(): SettingsChange | null {
    return this.#document.data.pending;
  }

  /** What the annotations should say; undefined until the message server has told it. */
  get current(): EffectiveSettings | undefined {
    const { agreed, pending } = this.#document.data;
    return agreed ? withChoice(agreed, pending) : undefined;
  }

  /** What to send: the user's choice, or a question. */
  message(): SettingsChange {
    if (this.pending) return this.pending;
    this.#question = `ask-${randomUUID()}`;
    return { event: this.#question, device: this.device, knew: this.#document.data.agreed?.version ?? 0 };
  }

  /** Resolves once the choice is on the disk. */
  choose(choice: Choice): Promise<void> {
    return this.#turn.run(() => this.#update((data) => this.#take(data, choice)));
  }

  /** What a mailbox shows was read. Resolves, with what it must show instead, if anything, once that is on the disk. */
  read(mailbox: string, shown: Choice): Promise<EffectiveSettings | undefined> {
    return this.#turn.run(async () => {
      const ours = this.#document.data.mailboxes[mailbox] ?? [];
      const choice = chosen(shown, ours, this.current);
      if (choice) {
        await this.#update((data) => {
          this.#take(data, choice);
          data.mailboxes[mailbox] = [shown];
        });
      }
      const { current } = this;
      if (!current || shows(shown, current)) return undefined;
      // On the disk first: found after a crash, the new value is no choice of the user's.
      await this.#update((data) => {
        data.mailboxes[mailbox] = [...(data.mailboxes[mailbox] ?? []).slice(-2), shown, current];
      });
      return current;
    });
  }

  written(mailbox: string, shown: EffectiveSettings): Promise<void> {
    return this.#turn.run(() =>
      this.#update((data) => {
        data.mailboxes[mailbox] = [shown];
      }),
    );
  }

  /** The message server told. Resolves with whether anything is different now. */
  told({ event, settings, refused }: Effective): Promise<boolean> {
    return this.#turn.run(async () => {
      const { agreed, pending } = this.#document.data;
      const isAnswer = event !== undefined && (event === pending?.event || event === this.#question);
      if (refused !== undefined || !settings) {
        if (!isAnswer || !pending) return false;
        await this.#update((data) => {
          data.pending = null;
        });
        return true;
      }
      // One that comes late is old, unless it answers us: then the message server lost its state, and hears ours again.
      const isOlder = agreed !== null && settings.version < agreed.version;
      if (isOlder && !isAnswer) return false;
      await this.#update((data) => {
        data.agreed = settings;
        if (event === pending?.event) data.pending = null;
        if (isOlder && agreed) this.#take(data, withChoice(agreed, pending));
      });
      return true;
    });
  }

  #take(data: DeviceSettings, { on, intervalSeconds }: Choice): void {
    const before = data.pending;
    data.pending = {
      ...before,
      event: randomUUID(),
      device: this.device,
      ...(on !== undefined && { on }),
      ...(intervalSeconds !== undefined && { intervalSeconds }),
      // An interval that is chosen later says nothing of what an earlier on knew.
      knew: on === undefined && before ? before.knew : (data.agreed?.version ?? 0),
    };
  }

  #update(change: (data: DeviceSettings) => void): Promise<void> {
    return this.#document.update(change);
  }
}
