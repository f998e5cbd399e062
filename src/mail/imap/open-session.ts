import { asError } from '../../base/errors.ts';
import type { OpenMailSession } from '../session.ts';
import { openAsking } from './asked.ts';
import { ImapMailSession } from './mail-session.ts';
import type { SessionOptions } from './opened.ts';
import { openProfile } from './profile.ts';
import { openRemembered } from './remembered.ts';

/**
 * Mail sessions with one account at an IMAP server. Where the server is remembered, a session resolves at once and
 * everything called on it in the same turn (select, fetch, logout) leaves in one flight behind the login; otherwise
 * it resolves when the server has answered the login. Rejects with MailError (`tls-refused`, `auth-refused`,
 * `session-lost`, ...), or with the signal's reason when that fired before anything was tried.
 */
export function imapSession(options: SessionOptions): OpenMailSession {
  return async (signal) => {
    signal.throwIfAborted();
    const profile = await openProfile(options.profilePath, options.account);
    try {
      const opened = openRemembered(options, profile) ?? (await openAsking(options, profile, signal));
      return new ImapMailSession(options, profile, opened, signal);
    } catch (error) {
      options.log.info(
        { code: (error as { code?: string }).code },
        `IMAP session not opened: ${asError(error).message}`,
      );
      throw error;
    }
  };
}
