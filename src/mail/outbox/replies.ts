import type { Clock } from '../../base/clock.ts';
import { asError, RingpostError } from '../../base/errors.ts';
import { tlsError } from '../connection/tls.ts';
import { MailError } from '../errors.ts';
import type { Missed, SubmissionAccount } from './options.ts';
import { plainText } from './refusal.ts';

/** What the server did with a message. */
export type Outcome =
  | {
      readonly kind: 'accepted';
      readonly accepted: readonly string[];
      /** Refused for good (5yz). */
      readonly missed: readonly Missed[];
      /** Refused for now (4yz). */
      readonly later: readonly Missed[];
    }
  | { readonly kind: 'refused'; readonly reason: string; readonly missed: readonly Missed[] }
  | { readonly kind: 'later'; readonly reason: string }
  | Lost;

/** The connection or the account is the trouble, not the message. */
export interface Lost extends Progress {
  readonly kind: 'lost';
  readonly error: Error;
}

/** How far a message came. */
export interface Progress {
  /** Bytes of it that were handed over. */
  readonly bytes: number;
  /** All were: the final dot followed. */
  readonly handed: boolean;
}

/** What the library adds to an error. */
export interface SmtpError extends Error {
  readonly code?: string | undefined;
  /** The code before the library put its own there. */
  readonly originalCode?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly recipient?: string | undefined;
  readonly rejectedErrors?: readonly SmtpError[] | undefined;
}

/** Whom the error is about, and what judges a certificate. */
export interface Peer {
  readonly account: Omit<SubmissionAccount, 'tls' | 'sender'> & {
    readonly tls: Omit<SubmissionAccount['tls'], 'mode'> & {
      readonly mode: 'implicit' | 'starttls' | 'none';
    };
  };
  readonly clock: Clock;
  readonly clockFloor?: number | undefined;
}

const LONGEST_REASON = 200;

/** Replies about the account rather than the message (RFC 4954 6). */
const ABOUT_ACCOUNT = [530, 534, 535, 538];

/** The library's words for an error of a message (envelope, message). */
const ABOUT_MESSAGE = ['EENVELOPE', 'EMESSAGE'];

/** What was no success, as an outcome. */
export function outcomeOf(thrown: unknown, peer: Peer, { bytes, handed }: Progress): Outcome {
  const error = asError(thrown) as SmtpError;
  const { code = '', responseCode } = error;
  if (!ABOUT_MESSAGE.includes(code) || ABOUT_ACCOUNT.includes(responseCode ?? 0)) {
    return { kind: 'lost', error: connectionError(error, peer), bytes, handed };
  }
  const reason = reasonOf(error);
  if (responseCode !== undefined && responseCode < 500) return { kind: 'later', reason };
  return { kind: 'refused', reason, missed: split(error.rejectedErrors).missed };
}

/** Who was refused although others were not, for good and for now. */
export function split(errors: readonly SmtpError[] = []): { missed: Missed[]; later: Missed[] } {
  const isForGood = ({ responseCode = 0 }: SmtpError) => responseCode >= 500;
  return {
    missed: errors.filter(isForGood).map(missedBy),
    later: errors.filter((error) => !isForGood(error)).map(missedBy),
  };
}

/** An error of the connection or of the account in our terms. */
export function connectionError(thrown: unknown, peer: Peer): Error {
  if (thrown instanceof RingpostError) return thrown;
  const error = asError(thrown) as SmtpError;
  const { host, port, tls } = peer.account;
  const judged = { ...peer, host, servername: tls.servername };
  const tlsSays = tlsError(error, judged, error.originalCode ?? error.code ?? 'unknown');
  if (tlsSays.code === 'tls-refused') return tlsSays;
  const { responseCode } = error;
  return new MailError(`SMTP at ${host}:${port}: ${reasonOf(error)}`, {
    ...kindOf(error),
    fields: { host, port, ...(responseCode !== undefined && { reply: responseCode }) },
    cause: error,
  });
}

function kindOf({ code, responseCode }: SmtpError): { code: string; temporary: boolean } {
  const isForNow = responseCode !== undefined && responseCode < 500;
  if (code === 'EAUTH' || ABOUT_ACCOUNT.includes(responseCode ?? 0))
    return { code: 'auth-refused', temporary: isForNow };
  // STARTTLS refused: nothing is sent in the clear.
  if (code === 'ETLS' && responseCode !== undefined) return { code: 'tls-refused', temporary: isForNow };
  if (code === 'EPROTOCOL') return { code: 'server-confused', temporary: false };
  return { code: 'session-lost', temporary: true };
}

function missedBy(error: SmtpError): Missed {
  return { address: error.recipient ?? '', reason: reasonOf(error) };
}

/** The server's words where it said something, on one line. */
function reasonOf({ response, message }: SmtpError): string {
  return plainText(response ?? message, LONGEST_REASON);
}
