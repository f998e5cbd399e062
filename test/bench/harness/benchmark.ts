/** One line of a table: what was measured, by the name of the column. Units stand in the names. */
export type Row = Readonly<Record<string, string | number>>;

export interface Figures {
  readonly rows: readonly Row[];
  /** What does not hold that must: a sentence each. Any of them makes `npm run bench` exit with 1. */
  readonly problems?: readonly string[];
}

/** What a run is told beside the signal. */
export interface Running {
  /** Those of the benchmark's `words` that the command line had behind its name. */
  readonly words: ReadonlySet<string>;
  /** A line for whoever waits; no result. */
  readonly progress: (line: string) => void;
}

/** A benchmark; a file in `test/bench/` exports it as `benchmark`, and `registry.ts` names the file. */
export interface Benchmark {
  /** What is measured, for whom it matters. */
  readonly measures: string;
  /** How, so that others can judge the figures. */
  readonly how: string;
  /** Words that may follow its name and narrow what is measured, each with what it means. */
  readonly words?: Readonly<Record<string, string>>;
  /** Leaves nothing behind: no process, no file. Rejects with the signal's reason when it fires. */
  run(signal: AbortSignal, running: Running): Promise<Figures>;
}

/** Benchmarks by the name that the command line takes; each is loaded when it is wanted. */
export type Registry = Readonly<Record<string, () => Promise<{ readonly benchmark: Benchmark }>>>;
