import { codeOf } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { MAX_VALUE } from '../store/metadata.ts';
import { Refusal } from './refusal.ts';

/** How a command that failed is answered: `NO [TRYCREATE] There is no mailbox x`. */
export interface Answer {
  readonly status: 'NO' | 'BAD';
  readonly code: string | undefined;
  readonly text: string;
}

/** Codes of our errors that are the client's business, with the response code of RFC 5530 or 9051. */
const TOLD: Readonly<Record<string, string>> = {
  'no-mailbox': 'NONEXISTENT',
  'mailbox-exists': 'ALREADYEXISTS',
  'has-children': 'HASCHILDREN',
  'bad-mailbox-name': 'CANNOT',
  'message-gone': 'EXPUNGEISSUED',
  'metadata-refused': 'CANNOT',
  'metadata-not-yours': 'NOPERM',
  // RFC 5464 5.
  'metadata-too-many': 'METADATA TOOMANY',
  'metadata-too-large': `METADATA MAXSIZE ${MAX_VALUE}`,
};

/** Commands to whose NO a client may answer with CREATE (RFC 3501 6.3.11, 6.4.7). */
const CREATORS = /^(APPEND|(UID )?(COPY|MOVE))$/;

/** The client is not there any more: ours, and Node's for streams that were cut. */
const LOST: ReadonlySet<string> = new Set([
  'broken-off',
  'session-lost',
  'closed',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);

/** Errors after which the connection cannot go on: throws them again. Others become an answer. */
export function answerTo(error: unknown, command: string, log: Log): Answer {
  if (error instanceof Refusal)
    return { status: error.status, code: error.responseCode, text: error.message };
  const code = codeOf(error) ?? '';
  if (LOST.has(code)) throw error;
  if (code === 'client-confused' || code === 'bad-uid-set') {
    return { status: 'BAD', code: undefined, text: (error as Error).message };
  }
  const told = TOLD[code];
  if (told) {
    const responseCode = code === 'no-mailbox' && CREATORS.test(command) ? 'TRYCREATE' : told;
    return { status: 'NO', code: responseCode, text: (error as Error).message };
  }
  log.error({ err: error, command }, 'An IMAP command failed');
  return { status: 'NO', code: 'UNAVAILABLE', text: 'It did not work here; try again later' };
}

/** The line behind the tag. Human text is printable ASCII and short, whatever went into it. */
export function formatAnswer(status: string, text: string, code?: string): string {
  const plain = text.replace(/[^ -~]/g, '?').slice(0, 300);
  return `${status} ${code ? `[${code}] ` : ''}${plain}`;
}
