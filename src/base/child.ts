import type { ChildProcess } from 'node:child_process';
import type { Clock } from './clock.ts';

/** How a child process ended; one of both is told. */
export interface ChildEnd {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

const LONGEST_TEXT = 16_384;
/** A process that the child leaves behind may hold its output open. */
const OUTPUT_MS = 300;

/** Resolves when it has ended and its output was read. Never rejects. To be called as soon as it has started. */
export function childEnd(child: ChildProcess, clock: Clock): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const tell = () => resolve({ code: code ?? undefined, signal: signal ?? undefined });
      child.once('close', tell);
      clock.sleep(OUTPUT_MS).then(tell, () => {});
    });
  });
}

/** Gathers what a stream says, the last 16 kB of it; the function gives what there is. */
export function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (bytes: Buffer) => {
    text = (text + bytes.toString('utf8')).slice(-LONGEST_TEXT);
  });
  return () => text;
}
