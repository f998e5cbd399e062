import { asError, codeOf } from '../../base/errors.ts';
import { ENTRIES } from '../annotations.ts';
import type { Session } from './session.ts';

export interface Told {
  readonly entries: ReadonlyMap<string, string>;
  /** Why there are none, where the server does not tell. */
  readonly untold?: string;
}

/** What a mailbox says of itself (RFC 5464); a connection that is lost meanwhile rejects. */
export async function annotationsOf(session: Session, mailbox: string): Promise<Told> {
  const entries = new Map<string, string>();
  if (!session.has('METADATA'))
    return { entries, untold: 'the IMAP server has no METADATA (RFC 5464; Dovecot: imap_metadata)' };
  try {
    return { entries: await session.readMetadata(mailbox, Object.values(ENTRIES)) };
  } catch (error) {
    if (codeOf(error) !== 'imap-refused') throw error;
    return { entries, untold: asError(error).message };
  }
}
