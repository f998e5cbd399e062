import type { ImapFlow } from 'imapflow';
import { getStringValue } from 'imapflow/lib/tools.js';
import { WatchError } from './errors.ts';
import { execute, mailboxName, quoted } from './raw.ts';

/** Longest value that is taken, characters: ours are words. */
const LONGEST_VALUE = 1000;

/** GETMETADATA (RFC 5464 4.2): those of the entries that are set. */
export async function getMetadata(
  client: ImapFlow,
  mailbox: string,
  entries: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await execute(client, 'GETMETADATA', [mailboxName(client, mailbox), entries.map(quoted)], {
    untagged: {
      // Only with values, in parentheses; a bare list of names tells that something changed (4.4.2).
      METADATA: async ({ attributes }) => {
        const list = attributes?.[1];
        if (!Array.isArray(list)) return;
        for (let at = 0; at + 1 < list.length; at += 2) {
          const entry = getStringValue(list[at])?.toLowerCase();
          const value = getStringValue(list[at + 1]);
          if (entry && value !== undefined && entries.includes(entry))
            found.set(entry, value.slice(0, LONGEST_VALUE));
        }
      },
    },
  });
  return found;
}

/** SETMETADATA (RFC 5464 4.3); null removes an entry. */
export async function setMetadata(
  client: ImapFlow,
  mailbox: string,
  entries: ReadonlyMap<string, string | null>,
): Promise<void> {
  const list = [...entries].flatMap(([entry, value]) => [
    quoted(entry),
    value === null ? null : quoted(value),
  ]);
  try {
    await execute(client, 'SETMETADATA', [mailboxName(client, mailbox), list]);
  } catch (error) {
    const { responseStatus, responseText = '' } = error as {
      responseStatus?: string;
      responseText?: string;
    };
    if (responseStatus === undefined) throw error;
    throw new WatchError(`SETMETADATA ${mailbox}: ${responseStatus} ${responseText.slice(0, 200)}`, {
      code: 'metadata-refused',
      cause: error,
    });
  }
}
