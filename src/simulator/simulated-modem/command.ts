import { plainError } from './refusal.ts';

/** `AT+X`, `AT+X?`, `AT+X=?`, `AT+X=1` (ITU-T V.250 5.4). */
export type CommandForm = 'run' | 'read' | 'test' | 'set';

/** One command of a command line. */
export interface Command {
  /** Upper case: `+CMGS`, `D`, `&F`, `S`. */
  readonly name: string;
  readonly form: CommandForm;
  /** What follows `=`, or the number of a basic command, or what is dialled. */
  readonly text: string;
  /** The same taken apart at the commas that are not in quotes; quotes are removed. */
  readonly values: readonly string[];
}

/** Takes the body of a command line (without AT) apart; throws ERROR when it is none. */
export function parseCommandLine(body: string): Command[] {
  const commands: Command[] = [];
  let rest = body.trim();
  while (rest !== '') {
    const [command, length] = /^[+^*$#]/.test(rest) ? extended(rest) : basic(rest);
    commands.push(command);
    rest = rest.slice(length).replace(/^[\s;]+/, '');
  }
  return commands;
}

function extended(rest: string): [Command, number] {
  const end = endOfCommand(rest);
  const match = /^([+^*$#][A-Z0-9!%./:_-]+)\s*(=\?|\?|=)?(.*)$/is.exec(rest.slice(0, end));
  if (!match) throw plainError();
  const [, name = '', sign, argument = ''] = match;
  const form = sign === undefined ? 'run' : sign === '=?' ? 'test' : sign === '?' ? 'read' : 'set';
  return [make(name, form, argument.trim()), end];
}

/** A letter, perhaps with &, and a number; D takes all that follows, S a register. */
function basic(rest: string): [Command, number] {
  const dial = /^D([^;]*;?)/i.exec(rest);
  if (dial) return [make('D', 'run', (dial[1] ?? '').trim()), dial[0].length];
  const register = /^S(\d+)\s*(\?|=\s*(\d*))/i.exec(rest);
  if (register) {
    const [all, number = '', sign, value = ''] = register;
    return [make('S', sign === '?' ? 'read' : 'set', `${number},${value}`), all.length];
  }
  const match = /^(&?[A-Z])\s*(\d*)/i.exec(rest);
  if (!match) throw plainError();
  return [make(match[1] ?? '', 'run', match[2] ?? ''), match[0].length];
}

function make(name: string, form: CommandForm, text: string): Command {
  return { name: name.toUpperCase(), form, text, values: splitValues(text) };
}

function endOfCommand(rest: string): number {
  let quoted = false;
  for (let at = 0; at < rest.length; at += 1) {
    if (rest[at] === '"') quoted = !quoted;
    if (rest[at] === ';' && !quoted) return at;
  }
  return rest.length;
}

function splitValues(text: string): string[] {
  if (text === '') return [];
  const parts = text.match(/("[^"]*"?|[^,"])+|(?<=,|^)(?=,|$)/g) ?? [];
  return parts.map((part) => part.trim().replace(/^"([^"]*)"?$/, '$1'));
}

/** The number at this place, `fallback` when it is left out, undefined when it is no number. */
export function numberAt(command: Command, place: number, fallback?: number): number | undefined {
  const value = command.values[place];
  if (value === undefined || value === '') return fallback;
  return /^\d+$/.test(value) ? Number(value) : undefined;
}
