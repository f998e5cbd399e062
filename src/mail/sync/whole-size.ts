import type { Entry } from '../maildir/name.ts';
import { sizeSaid } from '../partial/marker.ts';
import type { Copy } from './copy.ts';

/** Bytes at the server of a message that is here as a partial copy only; undefined: it is whole. */
export async function wholeSize({ maildir }: Copy, entry: Entry): Promise<number | undefined> {
  for await (const chunk of maildir.read(entry, { serverBytes: false })) return sizeSaid(chunk);
  return undefined;
}
