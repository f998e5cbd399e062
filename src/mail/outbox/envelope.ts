import { domainToASCII } from 'node:url';
import addressparser from 'nodemailer/lib/addressparser';
import { type Header, valuesOf } from './header.ts';
import { messageRefused, plainText } from './refusal.ts';

/** For whom a message is, as the server is told (RFC 5321 2.3.1). */
export interface Envelope {
  readonly sender: string;
  /** Each once, in the order of the header. */
  readonly recipients: readonly string[];
}

/** Blind recipients: read, never sent on (RFC 5322 3.6.3). */
export const BLIND = ['bcc', 'resent-bcc'];

const RECIPIENTS = ['to', 'cc', 'bcc'];
const SENDERS = ['sender', 'from'];

/**
 * The envelope that a header asks for; `sender` is the account's own. A message that was sent on as it is (RFC 5322
 * 3.6.6) goes to those of its Resent fields only. Throws MailError `message-refused`.
 */
export function envelopeOf(header: Header, sender: string | undefined): Envelope {
  const prefix = resentPrefix(header);
  const recipients = RECIPIENTS.flatMap((name) => addressesIn(header, `${prefix}${name}`));
  if (recipients.length === 0) throw messageRefused('it names no recipient (To, Cc, Bcc)');
  const [from] = sender ? [sender] : SENDERS.flatMap((name) => addressesIn(header, `${prefix}${name}`));
  if (from === undefined) throw messageRefused('it names no sender (From)');
  return { sender: from, recipients: [...new Set(recipients)] };
}

/** Several times sent on: the fields of the times cannot be told apart with certainty. */
function resentPrefix(header: Header): string {
  const resent = RECIPIENTS.map((name) => valuesOf(header, `resent-${name}`).length);
  if (resent.some((count) => count > 1))
    throw messageRefused('it was sent on more than once: for whom it is cannot be told');
  return resent.some((count) => count > 0) ? 'resent-' : '';
}

function addressesIn(header: Header, name: string): string[] {
  const text = valuesOf(header, name).join(', ');
  return addressparser(text, { flatten: true }).map((one) => checked(one.address, one.name, name));
}

/** The address with an ASCII domain (RFC 5890); what SMTP could not carry is refused. */
function checked(address: string, name: string, field: string): string {
  const parts = /^("[^"\\\p{Cc}<>]+"|[^\s\p{Cc}<>@"]+)@([^\s\p{Cc}<>@]+)$/u.exec(address);
  const domain = parts?.[2]?.startsWith('[') ? parts[2] : domainToASCII(parts?.[2] ?? '');
  if (!parts || domain === '') {
    throw messageRefused(`its field ${field} has what is no address: "${plainText(address || name, 60)}"`);
  }
  return `${parts[1]}@${domain}`;
}
