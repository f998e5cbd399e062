import { SimulatorError } from '../errors.ts';
import { CME_TEXTS, CMS_TEXTS } from './errors-in-words.ts';

/** A final result that is not OK. Thrown by a handler, written by the interpreter; it ends the command line. */
export class AtRefusal extends SimulatorError {
  readonly #line: (errorMode: number) => string;

  constructor(what: string, line: (errorMode: number) => string) {
    super(`AT command refused: ${what}`, { code: 'refused' });
    this.#line = line;
  }

  /** The line for this value of +CMEE: 0 plain, 1 number, 2 words. */
  line(errorMode: number): string {
    return this.#line(errorMode);
  }
}

/** `+CME ERROR`; plain ERROR while +CMEE is 0 (TS 27.007 9.1). */
export function cmeError(number: number): AtRefusal {
  const words = CME_TEXTS[number] ?? 'unknown';
  return new AtRefusal(words, (mode) =>
    mode === 0 ? 'ERROR' : `+CME ERROR: ${mode === 1 ? number : words}`,
  );
}

/** `+CMS ERROR`: a number unless +CMEE is 2. */
export function cmsError(number: number): AtRefusal {
  const words = CMS_TEXTS[number] ?? 'unknown error';
  return new AtRefusal(words, (mode) => `+CMS ERROR: ${mode === 2 ? words : number}`);
}

/** Any final result: `NO CARRIER`, `BUSY`. */
export function finalResult(line: string): AtRefusal {
  return new AtRefusal(line, () => line);
}

/** The command is not known. */
export function plainError(): AtRefusal {
  return finalResult('ERROR');
}
