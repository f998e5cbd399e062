import { asError, codeOf, RingpostError } from '../../base/errors.ts';

/**
 * What the watcher could not do. Codes: `unknown-mailbox`, `wrong-password`, `imap-refused`, `imap-lost` (temporary), `nonsense`
 * (temporary), `no-metadata`, `metadata-refused`, `push-listen`.
 */
export class WatchError extends RingpostError {}

interface ImapFlowFailure {
  readonly authenticationFailed?: boolean;
  readonly serverResponseCode?: string;
  readonly responseStatus?: string;
  readonly responseText?: string;
  readonly response?: unknown;
}

/** Response codes of a refused LOGIN that say nothing about the password (RFC 5530 3, RFC 9051 7.1). */
const NOT_THE_PASSWORD = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN', 'OVERQUOTA']);

/** What imapflow threw, with what was tried and on what. The server's own words are cut and never matched. */
export function watchError(what: string, thrown: unknown): RingpostError {
  if (thrown instanceof RingpostError) return thrown;
  const { authenticationFailed, serverResponseCode, responseStatus, responseText, response } =
    thrown as ImapFlowFailure;
  const said = String(responseText ?? (typeof response === 'string' ? response : asError(thrown).message));
  const message = `${what}: ${said.slice(0, 200)}`;
  const cause = asError(thrown);
  if (authenticationFailed && !NOT_THE_PASSWORD.has(serverResponseCode ?? '')) {
    return new WatchError(message, { code: 'wrong-password', cause });
  }
  if (responseStatus !== undefined && !authenticationFailed) {
    return new WatchError(message, { code: 'imap-refused', fields: { responseStatus }, cause });
  }
  return new WatchError(message, {
    code: 'imap-lost',
    temporary: true,
    fields: { code: codeOf(thrown) },
    cause,
  });
}
