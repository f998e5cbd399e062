import { parseArgs } from 'node:util';
import { asError } from '../../../src/base/errors.ts';
import type { Figures, Registry } from './benchmark.ts';
import { machine } from './machine.ts';
import { table } from './table.ts';

export interface BenchParts {
  readonly registry: Registry;
  /** Take a line each, without its line end. */
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly signal: AbortSignal;
}

const OK = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** The command: runs the benchmarks that are named, or all. Resolves with the exit code; never rejects. */
export async function bench(args: readonly string[], parts: BenchParts): Promise<number> {
  const wanted = parse(args, parts);
  if (typeof wanted === 'string') {
    parts.err(`bench: ${wanted}\nnpm run bench -- --help tells what there is.`);
    return WRONG_USAGE;
  }
  if (wanted.help) {
    parts.out(await help(parts.registry));
    return OK;
  }
  parts.out(wanted.json ? JSON.stringify({ machine: machine() }) : machine());
  let code = OK;
  for (const name of wanted.names) {
    if (parts.signal.aborted) return FAILED;
    if (!(await runOne(name, wanted.json, parts))) code = FAILED;
  }
  return code;
}

interface Wanted {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
}

/** What the command line asks for, or what is wrong with it. */
function parse(args: readonly string[], { registry }: BenchParts): Wanted | string {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const unknown = positionals.find((name) => !Object.hasOwn(registry, name));
    if (unknown !== undefined)
      return `no benchmark "${unknown}"; there are ${Object.keys(registry).join(', ')}`;
    const names = positionals.length > 0 ? [...new Set(positionals)] : Object.keys(registry);
    return { names, json: values.json ?? false, help: values.help ?? false };
  } catch (error) {
    return asError(error).message;
  }
}

async function help(registry: Registry): Promise<string> {
  const width = Math.max(...Object.keys(registry).map((name) => name.length));
  const lines: string[] = [];
  for (const [name, load] of Object.entries(registry)) {
    lines.push(`  ${name.padEnd(width)}  ${(await load()).benchmark.measures}`);
  }
  return `npm run bench -- [NAME ...] [--json]

Measures and prints figures; without a name, all of them, one after another:

${lines.join('\n')}

  --json  a line of JSON for the machine, and one for each benchmark

Exit codes: 0 all that must hold holds, 1 something does not or could not be measured, 2 wrong usage.`;
}

async function runOne(name: string, json: boolean, { registry, out, err, signal }: BenchParts) {
  const load = registry[name];
  if (!load) throw new Error(`no benchmark ${name}`);
  const { benchmark } = await load();
  if (!json) out(`\n== ${name}\n${benchmark.measures}\nHow: ${benchmark.how}\n`);
  const began = performance.now();
  const figures = await benchmark.run(signal).catch((error: unknown): Figures => {
    err(`bench: ${name}: ${asError(error).stack}`);
    return { rows: [], problems: [`not measured: ${asError(error).message}`] };
  });
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const problems = figures.problems ?? [];
  const { measures, how } = benchmark;
  if (json) out(JSON.stringify({ benchmark: name, measures, how, rows: figures.rows, problems, seconds }));
  else {
    if (figures.rows.length > 0) out(table(figures.rows));
    for (const problem of problems) out(`FAILED: ${problem}`);
    out(`(${seconds} s with all preparations)`);
  }
  return problems.length === 0;
}
