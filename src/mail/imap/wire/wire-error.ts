import { MailError } from '../../errors.ts';

/** Who sent what cannot be understood. */
export type ConfusedCode = 'server-confused' | 'client-confused';

/** A line that breaks RFC 3501/9051. What was in it is not repeated: it may be a password or somebody's mail. */
export function confused(
  code: ConfusedCode,
  problem: string,
  fields: Readonly<Record<string, unknown>> = {},
): MailError {
  const who = code === 'server-confused' ? 'IMAP server' : 'IMAP client';
  return new MailError(`${who} broke the protocol: ${problem}`, { code, fields });
}

/** The connection ended where more had to come. */
export function lost(what: string, cause?: unknown): MailError {
  return new MailError(`IMAP connection ended ${what}`, { code: 'session-lost', temporary: true, cause });
}
