import { asError, codeOf } from '../../base/errors.ts';
import { type Budget, consentNeeded } from './budget.ts';
import type { Copy } from './copy.ts';
import type { Landing } from './flight.ts';
import { massRemoval } from './local.ts';
import type { SyncOptions, SyncTarget } from './options.ts';
import type { MailboxResult } from './result.ts';
import { reachedPlace } from './state.ts';
import { Tally } from './tally.ts';
import type { Uploading } from './upload/uploading.ts';

/** Codes of errors that a guard throws before anything is changed on either side. */
const GUARDS = new Set(['not-our-mailbox', 'went-back', 'broken-document']);

const NEXT_WAY = { 'newest-first': 'newest', renumbered: 'start-over', 'ask-flags': 'plain' } as const;

/** One mailbox in work, until its outcome is there. */
export class Work {
  readonly target: SyncTarget;
  readonly tally = new Tally();
  readonly #options: SyncOptions;
  copy: Copy | undefined;
  outcome: MailboxResult | undefined;
  /**
   * `flight`: all in one; `plain`: the same without QRESYNC, which was refused; `newest`: newest mail as far as it fits, after the
   * flight; `resume`: messages on their way up are looked for before any is brought; `start-over`: list and match.
   */
  way: 'flight' | 'plain' | 'resume' | 'newest' | 'start-over' = 'start-over';

  constructor(target: SyncTarget, options: SyncOptions) {
    this.target = target;
    this.#options = options;
  }

  landed(how: Landing, budget: Budget): void {
    if (how === 'done') this.succeed(budget);
    else this.way = NEXT_WAY[how];
  }

  succeed(budget: Budget): void {
    const { hint } = this.#options;
    const { copy } = this;
    if (copy && hint && !copy.state.owed.isEmpty) {
      this.fail(consentNeeded(copy.mailbox, { count: hint.count, bytes: hint.size }, budget));
    } else this.outcome = this.#result('ok', this.#remarks());
  }

  /** Undefined while the mailbox is not in step. */
  get uploading(): Uploading | undefined {
    const { copy, tally } = this;
    if (!copy || !this.isInStep) return undefined;
    return { copy, tally, acceptsDeletions: this.acceptsDeletions, fail: (error) => this.fail(error) };
  }

  /** What the server told is done here; older mail may wait there. */
  get isInStep(): boolean {
    return this.outcome?.result === 'ok' || this.outcome?.result === 'owed';
  }

  /** More was done since the outcome was known. */
  refresh(): void {
    const { result, reason } = this.outcome ?? {};
    if (result && this.isInStep)
      this.outcome = this.#result(result, result === 'ok' ? this.#remarks() : reason);
  }

  get acceptsDeletions(): boolean {
    return this.#options.acceptDeletions?.includes(this.target.mailbox) ?? false;
  }

  #remarks(): string | undefined {
    const mass = this.copy && !this.acceptsDeletions ? massRemoval(this.copy.state) : undefined;
    const remarks = [...(mass === undefined ? [] : [mass]), ...this.tally.remarks];
    return remarks.length === 0 ? undefined : remarks.join('; ');
  }

  fail(error: unknown): void {
    const { mailbox } = this.target;
    this.#options.log.warn({ mailbox, err: error }, 'the mailbox was not brought in step');
    this.outcome = this.#result(resultOf(codeOf(error)), asError(error).message);
  }

  #result(result: MailboxResult['result'], reason: string | undefined): MailboxResult {
    const reached = this.copy && reachedPlace(this.copy.state);
    return {
      mailbox: this.target.mailbox,
      result,
      ...(reason === undefined ? {} : { reason }),
      ...(reached ? { reached } : {}),
      ...this.tally.figures(),
    };
  }
}

function resultOf(code: string | undefined): MailboxResult['result'] {
  if (code === 'consent-needed' || code === 'owed') return code;
  return code !== undefined && GUARDS.has(code) ? 'guarded' : 'failed';
}
