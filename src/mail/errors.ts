import { RingpostError } from '../base/errors.ts';

/**
 * What a mailbox, its server or its copy refused. Codes: `auth-refused`, `tls-refused`, `no-mailbox`,
 * `server-refused` (NO), `message-refused` (cannot be submitted), `server-confused` (BAD, or a reply that breaks the protocol), `session-lost`,
 * `client-confused` (the same at the server side), `not-our-mailbox` (marker missing), `consent-needed`, `bad-uid-set`, `disk`, `message-gone` (removed by
 * another program), `went-back` (the server's UIDNEXT or MODSEQ did, under the same UIDVALIDITY).
 */
export class MailError extends RingpostError {}
