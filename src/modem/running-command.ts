import { redactNumbers } from '../base/redact.ts';
import { settlable } from '../base/settlable.ts';
import type { AtReply, CommandOptions } from './at-channel.ts';
import { claimsOf, setsUpCall } from './command-text.ts';
import type { ModemError } from './errors.ts';
import { type Final, finalOf, refusal } from './result-codes.ts';
import { isPdu, LINES_WITH_PDU, startsWithAny } from './urcs.ts';

/** What became of a line: not this command's, one of its lines, or its end. */
export type Taken = 'other' | 'line' | 'end';

/** More cannot follow a line; a larger number is noise. */
const LARGEST_PAYLOAD = 65_536;

/** One command between its first byte and its final result. */
export class RunningCommand {
  readonly text: string;
  readonly options: CommandOptions;
  /** For logs and errors. */
  readonly shown: string;
  /** Whether the line is to be handed over at its CONNECT. */
  readonly connects: boolean;
  readonly #dials: boolean;
  readonly #claims: readonly string[];
  readonly #lines: string[] = [];
  readonly #payloads: Uint8Array[] = [];
  readonly #result = settlable<AtReply>();
  readonly #ended = settlable();
  #settled = false;
  #abandoned = false;
  #pduFollows = false;
  #echoed = false;

  constructor(text: string, options: CommandOptions & { readonly connects?: boolean }) {
    this.text = text;
    this.options = options;
    this.shown = options.shown ?? redactNumbers(text);
    this.connects = options.connects ?? false;
    this.#dials = this.connects || setsUpCall(text);
    const claims = options.claims ?? [];
    const own = claims.length === 0 || isAll(options) ? claimsOf(text) : [];
    this.#claims = [...claims.filter((claim) => claim !== '*'), ...own];
  }

  get result(): Promise<AtReply> {
    return this.#result.promise;
  }

  /** Resolves when the command has its result, or was given up. Never rejects. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Whether the modem sent the command back. */
  get echoed(): boolean {
    return this.#echoed;
  }

  markEchoed(): void {
    this.#echoed = true;
  }

  /** Whether it was given up while the modem may still be busy with it. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** The running command takes its own lines first; `isUrc` says what `'*'` leaves alone. */
  take(line: string, isUrc: (line: string) => boolean): Taken {
    if (this.options.final?.(line)) return this.#finish(line);
    const final = finalOf(line, this.#dials);
    if (final) return this.#end(line, final);
    if (!this.#owns(line, isUrc)) return 'other';
    this.#lines.push(line);
    this.#pduFollows = startsWithAny(line, LINES_WITH_PDU);
    return 'line';
  }

  /** How many raw bytes follow this line. */
  payloadAfter(line: string): number {
    const length = this.options.payload?.(line) ?? 0;
    return Number.isInteger(length) && length > 0 && length <= LARGEST_PAYLOAD ? length : 0;
  }

  addPayload(bytes: Uint8Array): void {
    this.#payloads.push(bytes);
  }

  /** Gives up: nobody waits for the answer any more, but it may still come. */
  abandon(error: ModemError): void {
    if (this.#settled) return;
    this.#abandoned = true;
    this.fail(error);
  }

  fail(error: ModemError): void {
    if (this.#settle()) this.#result.reject(error);
  }

  #owns(line: string, isUrc: (line: string) => boolean): boolean {
    if (this.#pduFollows && isPdu(line)) return true;
    if (startsWithAny(line, this.#claims)) return true;
    return isAll(this.options) && !isUrc(line);
  }

  #finish(line: string): Taken {
    if (this.#settle()) this.#result.resolve({ lines: this.#lines, final: line, payloads: this.#payloads });
    return 'end';
  }

  #end(line: string, final: Final): Taken {
    if (final.ok) return this.#finish(line);
    this.fail(refusal(this.shown, line, final, this.#lines));
    return 'end';
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#ended.resolve();
    return true;
  }
}

function isAll(options: CommandOptions): boolean {
  return options.claims?.includes('*') ?? false;
}
