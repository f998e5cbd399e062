import { MailError } from '../errors.ts';

/** Why a message of the Outbox cannot be sent as it is: code `message-refused`. `reason` is for the user. */
export function messageRefused(reason: string): MailError {
  return new MailError(reason, { code: 'message-refused' });
}

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text from outside on one line of at most `most` characters, without what would steer a terminal. */
export function plainText(text: string, most: number): string {
  const signs = Array.from(text.replace(CONTROL, ' ').trim());
  return signs.length <= most ? signs.join('') : `${signs.slice(0, most - 1).join('')}…`;
}
