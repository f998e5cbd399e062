import { MailServerError } from '../errors.ts';

/** What a client is told instead of 250 (RFC 5321 4.2); the library sends `responseCode` and the message. */
export class SmtpReply extends MailServerError {
  readonly responseCode: number;

  constructor(responseCode: number, text: string) {
    super(text, { code: 'smtp-reply', temporary: responseCode < 500, fields: { reply: responseCode } });
    this.responseCode = responseCode;
  }
}

export function reply(responseCode: number, text: string): SmtpReply {
  return new SmtpReply(responseCode, text);
}
