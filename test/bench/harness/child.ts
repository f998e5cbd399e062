import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { withDeadline } from '../../../src/base/deadline.ts';

const ANSWER_MS = 120_000;

/** A process of its own that runs a script of `harness/`. Disposing ends it. */
export interface Child<T> extends AsyncDisposable {
  /** What it sent first. */
  readonly answer: T;
}

/**
 * Starts a script (its path) with a job and waits for what it sends. In a process of its own nothing else is in its memory.
 * Rejects when the process ends without an answer, or after two minutes.
 */
export async function startChild<T>(path: string, job: object, signal: AbortSignal): Promise<Child<T>> {
  signal.throwIfAborted();
  const script = basename(path);
  const execArgv = path.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const child = fork(path, [JSON.stringify(job)], { execArgv });
  const exited = once(child, 'exit');
  const end = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const answered = Promise.race([
    once(child, 'message').then(([answer]) => answer as T),
    exited.then(([code, by]) =>
      Promise.reject(new Error(`${script} ended (${by ?? code}) without an answer`)),
    ),
  ]);
  try {
    const answer = await withDeadline(systemClock, { what: script, ms: ANSWER_MS, signal }, () => answered);
    return { answer, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** In the child: its job. When the benchmark is gone, so is the child. */
export function childJob<T>(): T {
  process.on('disconnect', () => process.exit(1));
  return JSON.parse(process.argv[2] ?? '') as T;
}

/** In the child: sends the answer; to a parent that is no Node, as JSON on the standard output. */
export function sendAnswer(answer: object): void {
  if (process.send) process.send(answer);
  else process.stdout.write(JSON.stringify(answer));
}

/**
 * Most memory that this process ever had resident, MB. Linux' `maxRSS` counts in what the parent had when it forked
 * (getrusage(2) keeps it over exec), `VmHWM` in proc(5) does not.
 */
export function peakMegabytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
