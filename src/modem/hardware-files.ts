import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { ConfigError, issuesOf } from '../base/config.ts';
import { codeOf } from '../base/errors.ts';

/** What a file in `hardware/` is called, and names itself. */
export const fileName = z.string().regex(/^[a-z0-9-]+$/, 'expected a name of a-z, 0-9 and -');
export const pattern = z.string().refine(isPattern, 'expected a regular expression');

/** The JSON files of one kind in a directory. Errors: ConfigError with file and key. */
export class HardwareFiles<T extends { readonly name: string }> {
  readonly #what: string;
  readonly #schema: z.ZodType<T>;
  readonly #directory: string;

  /** `what` is one of them in words, `modem profile`; `directory` ends with a slash. */
  constructor(what: string, schema: z.ZodType<T>, directory: string) {
    this.#what = what;
    this.#schema = schema;
    this.#directory = directory;
  }

  async load(name: string): Promise<T> {
    const names = await this.#names();
    if (names.includes(name)) return this.#read(name);
    const problem = `there is no ${this.#what} ${JSON.stringify(name)}; there are: ${names.join(', ')}`;
    throw new ConfigError(this.#directory, [{ key: '', problem }]);
  }

  /** All of them, in the order of their names. */
  async all(): Promise<T[]> {
    return Promise.all((await this.#names()).map((name) => this.#read(name)));
  }

  async #read(name: string): Promise<T> {
    const file = `${this.#directory}${name}.json`;
    const parsed = parseHardware(file, await orUnreadable(file, readFile(file, 'utf8')), this.#schema);
    if (parsed.name === name) return parsed;
    throw new ConfigError(file, [{ key: 'name', problem: `expected ${name}, as the file is called` }]);
  }

  async #names(): Promise<string[]> {
    const files = await orUnreadable(this.#directory, readdir(this.#directory));
    const names = files.filter((file) => file.endsWith('.json'));
    return names.map((file) => basename(file, '.json')).sort();
  }
}

/** Checks the content of a file, which is only named in errors. */
export function parseHardware<T>(file: string, text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parseJson(file, text));
  if (result.success) return result.data;
  throw new ConfigError(file, issuesOf(result.error));
}

/** The one whose patterns match most of one of the texts; undefined: none matches. */
export function longestMatch<T>(
  all: readonly T[],
  patternsOf: (one: T) => readonly string[],
  texts: readonly string[],
): T | undefined {
  const scored = all.map((one) => ({ one, score: matchLength(patternsOf(one), texts) }));
  return scored.reduce<(typeof scored)[number] | undefined>(
    (first, next) => (next.score > (first?.score ?? 0) ? next : first),
    undefined,
  )?.one;
}

function matchLength(patterns: readonly string[], texts: readonly string[]): number {
  const lengths = patterns.flatMap((one) =>
    texts.map((text) => new RegExp(one, 'i').exec(text)?.[0].length ?? 0),
  );
  return Math.max(0, ...lengths);
}

async function orUnreadable<T>(file: string, reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    throw new ConfigError(file, [{ key: '', problem: `cannot be read (${codeOf(error)})` }]);
  });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigError(file, [{ key: '', problem: `no JSON: ${problem}` }]);
  }
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}
