import { join } from 'node:path';
import { appendDurable } from '../../base/durable.ts';
import type { Files } from '../../base/files.ts';
import type { Report } from '../../bus/topics.ts';

/** Log of every synchronisation: one JSON object a line, only ever appended to. */
export const SESSION_LOG = 'sessions.jsonl';

/** Appends one report durably. `at` is the server's time, milliseconds since 1970. */
export function appendSession(
  stateDirectory: string,
  entry: { readonly device: string; readonly at: number; readonly report: Report },
  files: Files,
): Promise<void> {
  const { device, at, report } = entry;
  const { at: deviceClock, ...rest } = report;
  const line = { at: new Date(at).toISOString(), device, ...rest, deviceClock };
  return appendDurable(join(stateDirectory, SESSION_LOG), `${JSON.stringify(line)}\n`, files);
}
