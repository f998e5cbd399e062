import { MailServerError } from '../errors.ts';

/** A command that is answered NO or BAD. The message is what the client reads. */
export class Refusal extends MailServerError {
  readonly status: 'NO' | 'BAD';
  /** Response code without brackets (RFC 5530), `TRYCREATE`. */
  readonly responseCode: string | undefined;

  constructor(status: 'NO' | 'BAD', text: string, responseCode?: string) {
    super(text, { code: status === 'NO' ? 'refused' : 'bad-command' });
    this.status = status;
    this.responseCode = responseCode;
  }
}

export function no(text: string, responseCode?: string): Refusal {
  return new Refusal('NO', text, responseCode);
}

export function bad(text: string): Refusal {
  return new Refusal('BAD', text);
}
