import { CME_ERRORS, CMS_ERRORS, TEMPORARY_CME, TEMPORARY_CMS } from './error-tables.ts';
import { ModemError } from './errors.ts';

/** How a final result line ended a command (ITU-T V.250 5.7.1, 3GPP TS 27.007 9.2, 27.005 3.2.5). */
export type Final =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      readonly temporary: boolean;
      readonly number?: number;
      readonly words?: string;
    };

const CALL_ENDS: Readonly<Record<string, string>> = {
  'NO CARRIER': 'no-carrier',
  BUSY: 'busy',
  'NO ANSWER': 'no-answer',
  'NO DIALTONE': 'no-dialtone',
  'NO DIAL TONE': 'no-dialtone',
};

/**
 * What the line means as a final result, or undefined when it is none. `CONNECT`, `BUSY` and their kin
 * are final only for a command that sets up a call; for all others they are unsolicited.
 */
export function finalOf(line: string, callCommand: boolean): Final | undefined {
  if (line === 'OK') return { ok: true };
  if (line === 'ERROR' || line === 'COMMAND NOT SUPPORT') {
    return { ok: false, code: 'error', temporary: false };
  }
  if (line.startsWith('+CME ERROR:')) return extended(line, 'cme-error', CME_ERRORS, TEMPORARY_CME);
  if (line.startsWith('+CMS ERROR:')) return extended(line, 'cms-error', CMS_ERRORS, TEMPORARY_CMS);
  if (!callCommand) return undefined;
  if (line === 'CONNECT' || line.startsWith('CONNECT ')) return { ok: true };
  const code = CALL_ENDS[line];
  return code === undefined ? undefined : { ok: false, code, temporary: true };
}

/** The error of a command that the modem refused. The message carries the modem's line and what it means. */
export function refusal(shown: string, line: string, final: Final & { ok: false }, lines: readonly string[]) {
  const words = final.words && !line.includes(final.words) ? ` (${final.words})` : '';
  return new ModemError(`${shown}: ${line}${words}`, {
    code: final.code,
    temporary: final.temporary,
    fields: { command: shown, reply: line, number: final.number, lines },
  });
}

/** `+CME ERROR: 10 (SIM not inserted)`: an error line with its words, other lines as they are. */
export function explainResult(line: string): string | undefined {
  const final = finalOf(line, true);
  return final && !final.ok ? final.words : undefined;
}

/** The error comes as a number (+CMEE=1) or as words (+CMEE=2); either finds the other. */
function extended(
  line: string,
  code: string,
  words: Readonly<Record<number, string>>,
  temporary: ReadonlySet<number>,
): Final {
  const value = line.slice(line.indexOf(':') + 1).trim();
  const number = /^\d+$/.test(value) ? Number(value) : numberOf(value, words);
  if (number === undefined) return { ok: false, code, temporary: false, words: value };
  const known = words[number];
  return { ok: false, code, temporary: temporary.has(number), number, ...(known ? { words: known } : {}) };
}

function numberOf(value: string, words: Readonly<Record<number, string>>): number | undefined {
  const wanted = value.toLowerCase();
  const found = Object.entries(words).find(([, text]) => text.toLowerCase() === wanted);
  return found && Number(found[0]);
}
