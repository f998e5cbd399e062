import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ConfigError, type ConfigIssue } from '../base/config.ts';
import { codeOf } from '../base/errors.ts';

/** Every file in `hardware/` that is data says what it is called. */
interface Named {
  readonly name: string;
}

/** One folder of `hardware/`: a JSON file for each thing, called as the thing in it. */
export interface HardwareFiles<T extends Named> {
  /** For messages: `modem profile`. */
  readonly what: string;
  /** Ends with a slash. */
  readonly directory: string;
  readonly schema: z.ZodType<T>;
}

/** A folder below `hardware/`: two levels up from `src/modem` as from `dist/modem`. */
export function hardwareDirectory(name: 'modems' | 'boards'): string {
  return fileURLToPath(new URL(`../../hardware/${name}/`, import.meta.url));
}

export const hardwareName = z.string().regex(/^[a-z0-9-]+$/, 'expected a name of a-z, 0-9 and -');

/** A regular expression in a JSON string. */
export const pattern = z.string().refine(isPattern, 'expected a regular expression');

/** Where the facts come from, and which of them nobody has verified. */
export const sources = z.array(z.string().min(1));

/** Reads one by its name. Throws ConfigError with file and key. */
export async function loadNamed<T extends Named>(files: HardwareFiles<T>, name: string): Promise<T> {
  const names = await namesIn(files.directory);
  if (names.includes(name)) return readNamed(files, name);
  const problem = `there is no ${files.what} ${JSON.stringify(name)}; there are: ${names.join(', ')}`;
  throw new ConfigError(files.directory, [{ key: '', problem }]);
}

/** All of them, in the order of their names. */
export async function loadAll<T extends Named>(files: HardwareFiles<T>): Promise<T[]> {
  const names = await namesIn(files.directory);
  return Promise.all(names.map((name) => readNamed(files, name)));
}

/** Checks the content of a file; `file` is only named in errors. */
export function parseHardware<T>(file: string, text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parseJson(file, text));
  if (result.success) return result.data;
  throw new ConfigError(file, result.error.issues.flatMap(issueOf));
}

/** How much of the text the best of the patterns matches, in characters; 0: none does. Case does not count. */
export function matchLength(patterns: readonly string[], text: string): number {
  return Math.max(0, ...patterns.map((one) => new RegExp(one, 'i').exec(text)?.[0].length ?? 0));
}

/** The one with the highest score over 0, the first of equals. */
export function bestOf<T>(candidates: readonly T[], score: (one: T) => number): T | undefined {
  let best: { one: T; score: number } | undefined;
  for (const one of candidates) {
    const own = score(one);
    if (own > (best?.score ?? 0)) best = { one, score: own };
  }
  return best?.one;
}

async function readNamed<T extends Named>(files: HardwareFiles<T>, name: string): Promise<T> {
  const file = `${files.directory}${name}.json`;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigError(file, [{ key: '', problem: `cannot be read (${codeOf(error)})` }]);
  });
  const read = parseHardware(file, text, files.schema);
  if (read.name === name) return read;
  throw new ConfigError(file, [{ key: 'name', problem: `expected ${name}, as the file is called` }]);
}

async function namesIn(directory: string): Promise<string[]> {
  const files = await readdir(directory).catch((error: unknown) => {
    throw new ConfigError(directory, [{ key: '', problem: `cannot be read (${codeOf(error)})` }]);
  });
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigError(file, [{ key: '', problem: `no JSON: ${problem}` }]);
  }
}

function issueOf(issue: z.core.$ZodIssue): ConfigIssue[] {
  const key = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ key, problem: issue.message }];
  return issue.keys.map((name) => ({ key: [...issue.path, name].join('.'), problem: 'unknown key' }));
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}
