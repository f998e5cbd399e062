import { RingpostError } from '../../base/errors.ts';

/**
 * What the mail server or its store refused. Codes: `no-mailbox`, `mailbox-exists`, `has-children`,
 * `bad-mailbox-name`, `no-user`, `message-gone`, `too-large`, `broken-index`, `disk` (temporary),
 * `bad-password-hash`, `closed`, `metadata-refused`, `metadata-not-yours`, `metadata-too-many`, `metadata-too-large`.
 */
export class MailServerError extends RingpostError {}
