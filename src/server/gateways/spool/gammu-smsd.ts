import type { SpoolProgram } from './program.ts';

/** gammu-smsd 1.42 with `service = files`. Its file names: gammu-smsd-files(7). */
export const gammuSmsd: SpoolProgram = {
  name: 'gammu-smsd',
  group: 'gammu',
  // A: the highest priority. 1.42 copies the name into 100 bytes without looking.
  fileName: (ours, number, now) => `OUTA${stamp(now)}_00_${number}_${ours}.txt`,
  content: (_number, text) => text,
  // It only moves the file, and only one that it cannot read: `MaxRetries` does not hold for files (services/files.c).
  failure: () => ({ reason: '', surely: false }),
  movesFirst: false,
};

/** `20021130_021531`. */
function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}
