import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished, vi } from 'vitest';

/** `ringpost server` as a process of its own. */
export interface ServerProcess {
  /** What it wrote to standard error: what listens, and its log. */
  log(): string;
  /** Waits until the log matches; gives the match. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGKILL, as a power cut, unless another signal is named. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts it and waits until it said what it does; it ends with the test. */
export async function serverProcess(config: string): Promise<ServerProcess> {
  const words = ['--import', 'tsx', 'src/cli/main.ts', 'server', '--config', config, '--json'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (bytes) => {
    text += bytes;
  });
  const ended = once(child, 'exit');
  const end = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    await ended;
  };
  onTestFinished(() => end());
  const said = async (pattern: RegExp) => {
    const find = () => {
      const found = pattern.exec(text);
      if (found) return found;
      const gone = child.exitCode === null ? '' : ` (it ended with ${child.exitCode})`;
      throw new Error(`ringpost server did not say ${pattern}${gone}:\n${text}`);
    };
    return vi.waitFor(find, { timeout: 60_000, interval: 50 });
  };
  await said(/^ringpost server: /m);
  return { log: () => text, said, end };
}
