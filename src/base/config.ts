import { readFile } from 'node:fs/promises';
import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { codeOf, RingpostError } from './errors.ts';

/** One thing that is wrong in a configuration file. */
export interface ConfigIssue {
  /** Dotted key, `imap.port`; empty for the file as a whole. */
  readonly key: string;
  readonly problem: string;
}

/** A configuration that cannot be used; the message names the file and every wrong key. */
export class ConfigError extends RingpostError {
  readonly issues: readonly ConfigIssue[];

  constructor(file: string, issues: readonly ConfigIssue[]) {
    const lines = issues.map(({ key, problem }) => `  ${key ? `${key}: ` : ''}${problem}`);
    super([`${file}: this configuration cannot be used:`, ...lines].join('\n'), {
      code: 'bad-config',
      fields: { file, issues },
    });
    this.issues = issues;
  }
}

/** Reads a TOML file and checks it; throws ConfigError with all that is wrong at once. */
export async function loadConfig<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  return checkConfig(file, await readTable(file), schema);
}

/** The same for a text in memory; `file` is only named in errors. */
export function parseConfig<T>(file: string, text: string, schema: z.ZodType<T>): T {
  return checkConfig(file, parseToml(file, text), schema);
}

/** Reads a TOML file, unchecked; throws ConfigError. */
export async function readTable(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const problem =
      codeOf(error) === 'ENOENT' ? 'there is no such file' : `cannot be read (${codeOf(error)})`;
    throw new ConfigError(file, [{ key: '', problem }]);
  });
  return parseToml(file, text);
}

/** Checks a table; `known` is what was found wrong before, of which nothing is said twice. Throws ConfigError. */
export function checkConfig<T>(
  file: string,
  table: unknown,
  schema: z.ZodType<T>,
  known: readonly ConfigIssue[] = [],
): T {
  const result = schema.safeParse(table);
  if (result.success && known.length === 0) return result.data;
  const more = result.success ? [] : issuesOf(result.error);
  throw new ConfigError(file, [...known, ...more.filter(({ key }) => !known.some((one) => one.key === key))]);
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = `line ${error.line}, column ${error.column}: ${error.message.split('\n')[0]}`;
    throw new ConfigError(file, [{ key: '', problem }]);
  }
}

/** What a schema found wrong; each unknown key on its own. */
export function issuesOf(error: z.ZodError): ConfigIssue[] {
  return error.issues.flatMap(describe);
}

function describe(issue: z.core.$ZodIssue): ConfigIssue[] {
  const key = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ key, problem: issue.message }];
  return issue.keys.map((name) => ({ key: [...issue.path, name].join('.'), problem: 'unknown key' }));
}
