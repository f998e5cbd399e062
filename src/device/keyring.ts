import type { Enrolment } from '../enrolment/enrolment.ts';
import type { ReplayGuard } from '../trigger/guard.ts';
import type { TriggerKey } from '../trigger/key.ts';
import type { EnrolmentStore } from './enrolled.ts';

/** The keys that the running agent has, and how one takes the place of another. */
export class Keyring {
  readonly #store: EnrolmentStore;
  /** Those of device.toml. */
  readonly #configured: readonly TriggerKey[];
  readonly #guard: ReplayGuard;
  #opened: number | undefined;

  constructor(store: EnrolmentStore, configured: readonly TriggerKey[], guard: ReplayGuard) {
    this.#store = store;
    this.#configured = configured;
    this.#guard = guard;
  }

  get keys(): TriggerKey[] {
    return this.#store.keys(this.#configured);
  }

  /** In the order in which to try them at the message server: the one that was good last, then the newest. */
  get candidates(): TriggerKey[] {
    const keys = this.keys;
    return [...keys.filter(({ id }) => id === this.#opened), ...keys.filter(({ id }) => id !== this.#opened)];
  }

  /** While the agent runs. `servers`: they are used after its next start only. */
  async accept(given: Enrolment): Promise<{ outcome: 'taken' | 'known'; servers: boolean }> {
    const outcome = await this.#store.accept(given, this.#configured);
    if (outcome === 'taken') this.#opened = undefined;
    return { outcome, servers: given.servers !== undefined };
  }

  /**
   * The message server let this key's password in. If it is the newest, and a trigger under it was verified before, then
   * the server uses it, and the earlier ones are good no more.
   */
  async opened(key: TriggerKey): Promise<void> {
    this.#opened = key.id;
    const { keys } = this;
    const [newest, ...others] = keys;
    const accepted = this.#store.data.keys[0];
    if (newest?.id !== key.id || accepted?.id !== key.id || this.#guard.last(key.id) === 0) return;
    await this.#store.retire(others);
  }
}
