import { parseArgs } from 'node:util';
import { RingpostError } from '../base/errors.ts';

/** A command line that cannot be understood; the process ends with exit code 2. */
export class UsageError extends RingpostError {
  constructor(message: string) {
    super(message, { code: 'usage' });
  }
}

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** It may be given several times. */
  readonly multiple?: boolean;
  /** What stands for the value in the help, `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** What the user typed, checked against the command's options. */
export interface Arguments {
  readonly positionals: readonly string[];
  text(name: string): string | undefined;
  /** All values of an option that may be given several times. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** One command of `ringpost`. */
export interface Command {
  /** What stands behind the name: `[MAILBOX ...]`. */
  readonly operands?: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** Longer text, and examples that can be pasted. */
  readonly details?: string;
  /** Resolves with the exit code. The signal fires at SIGINT and SIGTERM. */
  run(args: Arguments, signal: AbortSignal): Promise<number>;
}

const HELP: Option = { type: 'boolean', short: 'h', help: 'show this help' };

/** Reads the words behind the command's name; throws UsageError for what it does not know. */
export function parseArguments(command: Command, words: readonly string[]): Arguments {
  const options = { ...command.options, help: HELP };
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: parserOptions(options),
      allowPositionals: true,
    });
    if (positionals.length > 0 && !command.operands) {
      throw new UsageError(`unexpected "${positionals[0]}": this command takes no operands`);
    }
    return {
      positionals,
      text: (name) => (typeof values[name] === 'string' ? (values[name] as string) : undefined),
      texts: (name) => [values[name] ?? []].flat().filter((value) => typeof value === 'string'),
      flag: (name) => values[name] === true,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'bad options');
  }
}

function parserOptions(options: Readonly<Record<string, Option>>) {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short && { short }) },
    ]),
  );
}

/** The text of `ringpost COMMAND --help`. */
export function helpOf(name: string, summary: string, command: Command): string {
  const options = { ...command.options, help: HELP };
  const rows = Object.entries(options).map(
    ([name, option]) => [spelling(name, option), option.help] as const,
  );
  const lines = [
    `Usage: ringpost ${name} [options]${command.operands ? ` ${command.operands}` : ''}`,
    '',
    `${summary}.`,
    '',
    'Options:',
    ...columns(rows),
  ];
  return `${[...lines, ...(command.details ? ['', command.details.trim()] : [])].join('\n')}\n`;
}

/** Two aligned columns, indented by two. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 3;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}

function spelling(name: string, option: Option): string {
  const value = option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : '';
  return `${option.short ? `-${option.short}, ` : '    '}--${name}${value}`;
}
