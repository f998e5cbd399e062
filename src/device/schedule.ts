import type { Clock } from '../base/clock.ts';
import type { Job } from './job.ts';
import type { Policy } from './policy.ts';
import type { State } from './state/state.ts';

/** What to do next, and when. Times are of the monotonic clock: a wait is not stretched when the date jumps. */
export class Schedule {
  readonly #state: State;
  readonly #policy: Policy;
  readonly #clock: Clock;
  #owedFrom = 0;
  #settingsFrom = 0;
  #settingsTries = 0;
  #pollFrom: number;

  constructor(state: State, policy: Policy, clock: Clock) {
    this.#state = state;
    this.#policy = policy;
    this.#clock = clock;
    // After a restart the poll waits for what is left since the last session.
    const last = state.history.recent.at(-1)?.at ?? state.time.now();
    const left = Math.min(policy.pollMs, Math.max(0, last + policy.pollMs - state.time.now()));
    this.#pollFrom = clock.monotonic() + left;
  }

  /** The session to open now, if any; the user's own come before this. */
  due(): Job | undefined {
    const now = this.#clock.monotonic();
    const { owed } = this.#state.pending;
    if (owed && now >= this.#owedFrom) return { cause: owed.cause, goal: 'synchronise', consent: false };
    if (this.#state.settings.changeUntold && now >= this.#settingsFrom) {
      return { cause: 'user', goal: 'settings', consent: false };
    }
    if (this.#polls && now >= this.#pollFrom) return { cause: 'poll', goal: 'synchronise', consent: false };
    return undefined;
  }

  /** Milliseconds until something may be due that nobody will announce; undefined: nothing is waiting. */
  untilDue(): number | undefined {
    const times = [
      ...(this.#state.pending.owed ? [this.#owedFrom] : []),
      ...(this.#state.settings.changeUntold ? [this.#settingsFrom] : []),
      ...(this.#polls ? [this.#pollFrom] : []),
    ].filter(Number.isFinite);
    return times.length > 0 ? Math.max(0, Math.min(...times) - this.#clock.monotonic()) : undefined;
  }

  /** A trigger came: it is not kept waiting for the next try of an older one. */
  owedNow(): void {
    this.#owedFrom = 0;
  }

  /** The user changed the settings. */
  settingsNow(): void {
    this.#settingsFrom = 0;
    this.#settingsTries = 0;
  }

  /** The owed session failed; false when it was tried often enough. */
  retryOwed(): boolean {
    const wait = this.#policy.retryMs[Math.max(1, this.#state.pending.owed?.attempts ?? 1) - 1];
    this.#owedFrom = this.#clock.monotonic() + (wait ?? 0);
    return wait !== undefined;
  }

  /** Telling the settings failed; after the last try they go along with the next session. */
  retrySettings(): void {
    const wait = this.#policy.retryMs[this.#settingsTries] ?? Number.POSITIVE_INFINITY;
    this.#settingsTries += 1;
    this.#settingsFrom = this.#clock.monotonic() + wait;
  }

  /** A session ended, or a poll was refused. */
  pollLater(): void {
    this.#pollFrom = this.#clock.monotonic() + this.#policy.pollMs;
  }

  get #polls(): boolean {
    return this.#policy.pollMs > 0 && this.#state.settings.effective.on;
  }
}
