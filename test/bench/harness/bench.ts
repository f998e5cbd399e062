import { parseArgs } from 'node:util';
import { asError } from '../../../src/base/errors.ts';
import type { Figures, Registry } from './benchmark.ts';
import { type Chosen, chooseIn } from './choose.ts';
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
  const wanted = await parse(args, parts);
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
  for (const chosen of wanted.chosen) {
    if (parts.signal.aborted) return FAILED;
    if (!(await runOne(chosen, wanted.json, parts))) code = FAILED;
  }
  return code;
}

interface Wanted {
  readonly chosen: readonly Chosen[];
  readonly json: boolean;
  readonly help: boolean;
}

/** What the command line asks for, or what is wrong with it. */
async function parse(args: readonly string[], { registry }: BenchParts): Promise<Wanted | string> {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const chosen = await chooseIn(registry, positionals);
    if (typeof chosen === 'string') return chosen;
    return { chosen, json: values.json ?? false, help: values.help ?? false };
  } catch (error) {
    return asError(error).message;
  }
}

async function help(registry: Registry): Promise<string> {
  const width = Math.max(...Object.keys(registry).map((name) => name.length));
  const lines: string[] = [];
  for (const [name, load] of Object.entries(registry)) {
    const { measures, words = {} } = (await load()).benchmark;
    lines.push(`  ${name.padEnd(width)}  ${measures}`);
    for (const [word, what] of Object.entries(words)) lines.push(`  ${''.padEnd(width)}    ${word}: ${what}`);
  }
  return `npm run bench -- [NAME [WORD ...] ...] [--json]

Measures and prints figures; without a name, all of them, one after another. Words narrow
the benchmark before them:

${lines.join('\n')}

  --json  a line of JSON for the machine, and one for each benchmark

Exit codes: 0 all that must hold holds, 1 something does not or could not be measured, 2 wrong usage.`;
}

async function runOne({ name, words, benchmark }: Chosen, json: boolean, { out, err, signal }: BenchParts) {
  if (!json) out(`\n== ${name}\n${benchmark.measures}\nHow: ${benchmark.how}\n`);
  const began = performance.now();
  const figures = await benchmark.run(signal, { words, progress: err }).catch((error: unknown): Figures => {
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
