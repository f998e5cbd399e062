import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { childEnd, collect } from '../../../src/base/child.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { withDeadline } from '../../../src/base/deadline.ts';

/** mbsync needs two minutes for 100,000 messages at 40 kbit/s. */
const LONGEST_MS = 900_000;
const TIME = '/usr/bin/time';

/** What a client's process took, with its start and with the processes that it started. */
export interface Use {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

export interface Ended extends Use {
  /** Exit code. */
  readonly code: number;
  /** What it printed: both streams, the last 16 kB of each. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end under GNU time, which reads what the kernel counted (wait4(2): ru_utime, ru_stime, ru_maxrss), the same way
 * for all. `ru_maxrss` keeps what was resident before exec; that is time's own 2 MB, not the benchmark's. `directory` takes its notes.
 */
export async function measured(
  command: readonly string[],
  directory: string,
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const notes = join(directory, 'used');
  const child = spawn(TIME, ['-q', '-f', '%U %S %M', '-o', notes, ...command], {
    // A group of its own, so that the program behind time can be ended too.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = childEnd(child, systemClock);
  const wait = { what: command.join(' ').slice(0, 200), ms: LONGEST_MS, signal };
  try {
    const { code = -1 } = await withDeadline(systemClock, wait, () => ended);
    const [user = 0, system = 0, kilobytes = 0] = (await readFile(notes, 'utf8')).split(' ').map(Number);
    return {
      code,
      stdout: stdout(),
      stderr: stderr(),
      cpuSeconds: user + system,
      peakMegabytes: kilobytes / 1024,
    };
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended;
    throw error;
  }
}
