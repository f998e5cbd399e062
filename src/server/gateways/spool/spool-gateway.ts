import type { Clock } from '../../../base/clock.ts';
import { type Files, nodeFiles } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import { GatewayError } from '../errors.ts';
import type { SmsGateway } from '../gateway.ts';
import { checkDirectories, clearLeftOvers, tellLeft } from './left-overs.ts';
import { OwnNames } from './own-names.ts';
import type { SpoolDirectories, SpoolProgram } from './program.ts';
import { type Outcome, SpoolFile } from './spool-file.ts';
import { directoryTrouble } from './trouble.ts';

export interface SpoolGatewayOptions {
  readonly name: string;
  readonly program: SpoolProgram;
  readonly directories: SpoolDirectories;
  /** How long the program may take over a text, milliseconds; then it is taken back. */
  readonly waitMs: number;
  /** How often its directories are looked at, milliseconds. Default 1,000. */
  readonly pollMs?: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: Files;
}

/** How long a file stays where the program put it, for an event handler of the user's may read it there. */
const KEPT_MS = 60_000;

/**
 * Texts through the directories of a program that has a modem. Resolves once the program says that it has sent the text.
 * Throws GatewayError `no-directory`, `not-allowed`, `not-written`, `bad-number`, `bad-text`, `refused`, `not-sent` or
 * `deadline`: `surely` is false where it may have been sent all the same.
 */
export async function openSpoolGateway(options: SpoolGatewayOptions): Promise<SmsGateway> {
  const files = options.files ?? nodeFiles;
  const own = new OwnNames(options.name);
  await checkDirectories({ ...options, files });
  await clearLeftOvers({ ...options, files }, own);
  const gateway = new SpoolGateway(options, files, own);
  return { name: options.name, sendSms: (number, text, signal) => gateway.send(number, text, signal) };
}

class SpoolGateway {
  readonly #options: SpoolGatewayOptions;
  readonly #files: Files;
  readonly #own: OwnNames;
  /** What the program is done with, oldest first, and until when it is kept (monotonic). */
  #done: { readonly file: SpoolFile; readonly until: number }[] = [];
  #told = false;

  constructor(options: SpoolGatewayOptions, files: Files, own: OwnNames) {
    this.#options = options;
    this.#files = files;
    this.#own = own;
  }

  async send(number: string, text: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { program, directories, clock } = this.#options;
    refuseUnfit(program, number, text);
    await this.#clearDone();
    const name = program.fileName(this.#own.next(), number, new Date(clock.now()));
    const file = new SpoolFile({ program, directories, files: this.#files }, name);
    await file.put(program.content(number, text)).catch((error: unknown) => {
      throw directoryTrouble(program, directories.outgoing, error);
    });
    try {
      await this.#settle(file, signal);
    } finally {
      this.#done.push({ file, until: clock.monotonic() + KEPT_MS });
    }
  }

  async #settle(file: SpoolFile, signal: AbortSignal): Promise<void> {
    let outcome = await this.#outcome(file, signal).catch(async (error: unknown) => {
      if (signal.aborted) await file.takeBack();
      throw error;
    });
    const { program, waitMs } = this.#options;
    if (!outcome) {
      const end = await file.takeBack();
      if (end === 'taken' || end === 'unsure') throw tookTooLong(program, waitMs, end === 'taken');
      outcome = end;
    }
    if (outcome === 'failed') throw refused(program, await file.failure());
  }

  /** What the program did within the time that it has, or undefined. */
  async #outcome(file: SpoolFile, signal: AbortSignal): Promise<Outcome | undefined> {
    const { clock, waitMs, pollMs = 1000 } = this.#options;
    const end = clock.monotonic() + waitMs;
    for (;;) {
      const outcome = await file.outcome();
      if (outcome || clock.monotonic() >= end) return outcome;
      await clock.sleep(Math.min(pollMs, end - clock.monotonic()), signal);
    }
  }

  async #clearDone(): Promise<void> {
    const now = this.#options.clock.monotonic();
    const over = this.#done.filter(({ until }) => until <= now);
    this.#done = this.#done.filter(({ until }) => until > now);
    const cleared = await Promise.all(over.map(({ file }) => file.clear()));
    if (cleared.every(Boolean) || this.#told) return;
    this.#told = true;
    tellLeft(this.#options, this.#options.directories.sent);
  }
}

/** Both end up in a file whose lines mean something, and one of them in its name. */
function refuseUnfit(program: SpoolProgram, number: string, text: string): void {
  if (!/^\+[1-9]\d{5,14}$/.test(number)) {
    throw new GatewayError(
      `SMS by ${program.name}: the number is not in international form, +4915112345678`,
      {
        code: 'bad-number',
        surely: true,
      },
    );
  }
  // What ASCII and ISO 8859-15, in which the programs read a file, and the GSM alphabet have in common, on one line.
  if (/^[ -~]{1,160}$/.test(text) && !/[[\\\]^{|}~`]/.test(text)) return;
  throw new GatewayError(`SMS by ${program.name}: expected 1 to 160 plain characters on one line`, {
    code: 'bad-text',
    surely: true,
  });
}

function tookTooLong(program: SpoolProgram, ms: number, taken: boolean): GatewayError {
  const what = `SMS by ${program.name}: not sent within ${ms / 1000} s`;
  const end = taken ? 'taken back before it was' : 'it may be sent all the same';
  return new GatewayError(`${what} (${end}; is ${program.name} running?)`, {
    code: taken ? 'not-sent' : 'deadline',
    temporary: true,
    surely: taken,
    fields: { program: program.name, ms },
  });
}

function refused(
  program: SpoolProgram,
  { reason, surely }: { reason: string; surely: boolean },
): GatewayError {
  return new GatewayError(`SMS by ${program.name}: it could not send it: ${reason || 'its log says why'}`, {
    code: 'refused',
    temporary: true,
    surely,
    fields: { program: program.name, reason },
  });
}
