import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import type { OwnNames } from './own-names.ts';
import type { SpoolDirectories, SpoolProgram } from './program.ts';
import { clearAway } from './spool-file.ts';
import { directoryTrouble } from './trouble.ts';

interface Place {
  readonly program: SpoolProgram;
  readonly directories: SpoolDirectories;
  readonly files: Files;
  readonly log: Log;
}

/** Throws GatewayError unless files can be put into `outgoing` and found in the directories behind it. */
export async function checkDirectories({ program, directories }: Place): Promise<void> {
  const { W_OK, R_OK, X_OK } = constants;
  const wanted = [
    [directories.outgoing, W_OK | R_OK | X_OK],
    ...[...directories.queues, directories.sent, directories.failed].map(
      (path) => [path, R_OK | X_OK] as const,
    ),
  ] as const;
  for (const [path, mode] of wanted) {
    await access(path, mode).catch((error: unknown) => {
      throw directoryTrouble(program, path, error);
    });
  }
}

/**
 * Removes the files of an earlier run. One that was not sent is as good as lost: the server sends its trigger again, with
 * a newer counter, and the device would refuse the older one, so it would only cost. Others' files are not touched.
 */
export async function clearLeftOvers(place: Place, own: OwnNames): Promise<void> {
  const { outgoing, queues, sent, failed } = place.directories;
  for (const directory of [outgoing, ...queues, sent, failed]) {
    const names = (await place.files.list(directory)).filter((name) => own.has(name));
    const gone = await clearAway(
      place.files,
      names.map((name) => join(directory, name)),
    );
    if (!gone) tellLeft(place, directory);
  }
}

/** In a directory with the sticky bit, as Debian's smstools has them, only its owner removes what smsd put there. */
export function tellLeft({ program, log }: Pick<Place, 'program' | 'log'>, directory: string): void {
  const fields = { program: program.name, directory };
  log.info(
    fields,
    'Files of texts that are done stay where they are, for they may not be removed (chmod -t mends it)',
  );
}
