import { asError, codeOf } from '../../base/errors.ts';
import { type Budget, consentNeeded } from './budget.ts';
import type { Copy } from './copy.ts';
import { massRemoval } from './local.ts';
import type { SyncOptions, SyncTarget } from './options.ts';
import type { MailboxResult } from './result.ts';
import { reachedPlace } from './state.ts';
import { Tally } from './tally.ts';

/** Codes of errors that a guard throws before anything is changed on either side. */
const GUARDS = new Set(['not-our-mailbox', 'went-back', 'broken-document']);

/** One mailbox in work, until its outcome is there. */
export class Work {
  readonly target: SyncTarget;
  readonly tally = new Tally();
  readonly #options: SyncOptions;
  copy: Copy | undefined;
  outcome: MailboxResult | undefined;
  /** `flight`: all in one; `plain`: the same without QRESYNC, which was refused; `start-over`: list and match. */
  way: 'flight' | 'plain' | 'start-over' = 'start-over';

  constructor(target: SyncTarget, options: SyncOptions) {
    this.target = target;
    this.#options = options;
  }

  landed(how: 'done' | 'renumbered' | 'ask-flags', budget: Budget): void {
    if (how === 'done') this.succeed(budget);
    else this.way = how === 'renumbered' ? 'start-over' : 'plain';
  }

  succeed(budget: Budget): void {
    const { hint } = this.#options;
    const { copy } = this;
    if (copy && hint && !copy.state.owed.isEmpty) {
      this.fail(consentNeeded(copy.mailbox, { count: hint.count, bytes: hint.size }, budget));
    } else this.outcome = this.#result('ok', copy && massRemoval(copy.state));
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
  if (code === 'consent-needed') return code;
  return code !== undefined && GUARDS.has(code) ? 'guarded' : 'failed';
}
