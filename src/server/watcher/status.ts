import type { ImapFlow } from 'imapflow';
import { decodePath, getStringValue } from 'imapflow/lib/tools.js';
import { atom, execute, mailboxName, rawCommands } from './raw.ts';

const ITEMS = ['UIDVALIDITY', 'UIDNEXT', 'MESSAGES'] as const;

/** STATUS (RFC 9051 6.3.11). What NOTIFY says of another mailbox meanwhile is handed on, where imapflow's own would lose it. */
export async function askStatus(client: ImapFlow, mailbox: string): Promise<object> {
  let found = {};
  await execute(client, 'STATUS', [mailboxName(client, mailbox), ITEMS.map(atom)], {
    untagged: {
      STATUS: async (untagged) => {
        const [name, items] = untagged.attributes ?? [];
        if (isSame(decodePath(client, getStringValue(name)), mailbox)) found = { ...found, ...listed(items) };
        else await rawCommands(client).untaggedHandlers.STATUS?.(untagged);
      },
    },
  });
  return found;
}

function listed(items: unknown): Record<string, number> {
  const words = Array.isArray(items) ? items.map((item) => getStringValue(item) ?? '') : [];
  const pairs: [string, number][] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [name = '', value = ''] = words.slice(at, at + 2);
    if (/^\d{1,10}$/.test(value)) pairs.push([name.toLowerCase(), Number(value)]);
  }
  return Object.fromEntries(pairs);
}

/** INBOX is the same in any case (RFC 9051 5.1). */
function isSame(one: string, other: string): boolean {
  return one === other || (one.toUpperCase() === 'INBOX' && other.toUpperCase() === 'INBOX');
}
