import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, undefinedIfMissing, writeDurable } from '../../base/durable.ts';
import type { Files } from '../../base/files.ts';
import { MailError } from '../errors.ts';

const MARKER_FILE = '.ringpost-mailbox';

/** What `writeDurable` leaves beside the messages when the power goes. */
const LEFT_OVER = /^\.ringpost-(state|mailbox)\.[0-9a-f]{8}\.tmp$/;

const marker = z.object({ id: z.string().regex(/^[a-z0-9]{6,16}$/), mailbox: z.string() });

/** Says that a directory is Ringpost's copy of a mailbox, and which one; the id begins every tag in it. */
export type Marker = z.output<typeof marker>;

/** Reads the marker; undefined when there is none. MailError `not-our-mailbox` when it is not readable. */
export async function readMarker(directory: string, files: Files): Promise<Marker | undefined> {
  const content = await readIfThere(join(directory, MARKER_FILE), files);
  if (content === undefined) return undefined;
  const parsed = marker.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  throw new MailError(`${directory}/${MARKER_FILE}: not a marker that this program wrote`, {
    code: 'not-our-mailbox',
    fields: { directory },
  });
}

/** Marks the directory with a new id. */
export async function writeMarker(directory: string, mailbox: string, files: Files): Promise<Marker> {
  const made = { id: randomBytes(4).toString('hex'), mailbox };
  await writeDurable(join(directory, MARKER_FILE), `${JSON.stringify(made)}\n`, files);
  return made;
}

/** A tag for files delivered from now on. Its random part makes it differ from those of earlier epochs. */
export function newTag(id: string): string {
  return `${id}-${randomBytes(2).toString('hex')}`;
}

/** Whether this mailbox delivered a file with this tag, in any epoch. */
export function isOwnTag(tag: string | undefined, id: string): boolean {
  return tag?.startsWith(`${id}-`) ?? false;
}

/** Removes temporary files that a crash left beside the messages. */
export async function sweepLeftOvers(directory: string, files: Files): Promise<void> {
  for (const name of await files.list(directory)) {
    if (LEFT_OVER.test(name)) await files.unlink(join(directory, name)).catch(undefinedIfMissing);
  }
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}
