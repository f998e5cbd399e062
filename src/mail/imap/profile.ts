import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Document, openDocument } from '../../base/document.ts';
import { removeDurable } from '../../base/durable.ts';
import { codeOf } from '../../base/errors.ts';
import type { Account } from '../account.ts';

const profileSchema = z.object({
  /** Which account, authorities and name this was learnt with; see `identityOf`. */
  identity: z.string(),
  /** As announced after login; null: never asked, or the server has changed since. */
  capabilities: z.array(z.string()).nullable(),
  /** TLS session for resumption, Base64. */
  ticket: z.string().nullable(),
  /** Address that the name led to. */
  address: z.string().nullable(),
  /** TLS key share that it takes without asking again. */
  keyShare: z.enum(['X25519', 'P-256']),
  /** The server takes commands that arrive before it has sent its greeting. */
  earlyCommands: z.boolean(),
  /** Sessions, one after the other, in which the server hung up with commands unanswered. */
  droppedFlights: z.int().nonnegative().default(0),
});

/** What is remembered of a server between sessions, so that a whole session can leave in one flight. */
export type ProfileData = z.infer<typeof profileSchema>;

export type Profile = Document<ProfileData>;

/** Once may be chance; a server that does it again is given one command at a time from then on. */
const CHANCE = 1;

/** Whether commands may be sent before the answers to earlier ones. */
export function takesFlights({ data }: Profile): boolean {
  return data.droppedFlights <= CHANCE;
}

/**
 * Opens the profile at `path` (mode 0600: a TLS ticket is a secret). It is only a memory: one that is broken, or was
 * learnt with another account or other authorities, is forgotten.
 */
export async function openProfile(path: string, account: Account): Promise<Profile> {
  const blank = blankProfile(account);
  const open = () => openDocument({ path, schema: profileSchema, initial: blank });
  const profile = await open().catch(async (error: unknown) => {
    if (codeOf(error) !== 'broken-document') throw error;
    await removeDurable(path);
    return open();
  });
  if (profile.data.identity !== blank.identity)
    await profile.update((data) => void Object.assign(data, blank));
  return profile;
}

function blankProfile(account: Account): ProfileData {
  const identity = identityOf(account);
  return {
    identity,
    capabilities: null,
    ticket: null,
    address: null,
    keyShare: 'X25519',
    earlyCommands: false,
    droppedFlights: 0,
  };
}

/** A resumed TLS session is not verified again, so a ticket must not outlive the settings that it was verified with. */
function identityOf({ host, port, user, tls }: Account): string {
  const parts = [host, String(port), user, tls.mode, tls.servername ?? host, tls.ca ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}
