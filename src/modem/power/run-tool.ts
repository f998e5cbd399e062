import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnd, collect } from '../../base/child.ts';
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { asError, codeOf } from '../../base/errors.ts';
import { ModemError } from '../errors.ts';

export interface Tool {
  readonly program: string;
  readonly args: readonly string[];
  /** Where programs without a path are looked for; default: `PATH`. */
  readonly path?: string | undefined;
  /** In a group of its own: a Ctrl-C at the agent's terminal does not reach it. */
  readonly apart?: boolean;
}

export interface ToolRun extends Tool {
  readonly clock: Clock;
  /** Milliseconds until it is killed. */
  readonly ms: number;
}

export interface ToolEnd {
  /** undefined: ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and returns its standard output. Rejects with ModemError `power-missing` or `power-failed`. */
export async function runTool(run: ToolRun, signal?: AbortSignal): Promise<string> {
  const child = await startTool(run);
  try {
    const wait = { what: inWords(run), ms: run.ms, signal };
    const end = await withDeadline(run.clock, wait, () => toolEnd(child, run.clock));
    if (end.code === 0) return end.stdout;
    throw failed(run, end);
  } catch (error) {
    if (signal?.aborted || error instanceof ModemError) throw error;
    throw new ModemError(asError(error).message, { code: 'power-failed', temporary: true, cause: error });
  } finally {
    child.kill('SIGKILL');
  }
}

/** Starts it; its standard input ends with this process. */
export async function startTool({ program, args, path, apart = false }: Tool): Promise<ChildProcess> {
  const env = path === undefined ? process.env : { ...process.env, PATH: path };
  const child = spawn(program, args, { stdio: 'pipe', env, detached: apart });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  await once(child, 'spawn').catch((error: unknown) => {
    throw new ModemError(`${program}: cannot be started (${codeOf(error) ?? asError(error).message})`, {
      code: 'power-missing',
      fields: { program },
      cause: error,
    });
  });
  return child;
}

/** Resolves when it has ended. Never rejects. To be called as soon as it has started. */
export async function toolEnd(child: ChildProcess, clock: Clock): Promise<ToolEnd> {
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  const { code } = await childEnd(child, clock);
  return { code, stdout: out(), stderr: err() };
}

export function failed(tool: Tool, { code, stderr }: ToolEnd): ModemError {
  const how = code === undefined ? 'killed by a signal' : `exit code ${code}`;
  const said = stderr.trim();
  return new ModemError(`${inWords(tool)}: ${how}${said ? ` (${said})` : ''}`, {
    code: 'power-failed',
    temporary: true,
    fields: { program: tool.program, args: tool.args, exitCode: code, stderr: said },
  });
}

function inWords({ program, args }: Tool): string {
  return [program, ...args].join(' ');
}
