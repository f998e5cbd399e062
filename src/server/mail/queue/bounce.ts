import MimeNode from 'nodemailer/lib/mime-node';
import { plainText } from '../../../mail/outbox/refusal.ts';
import { internetDate, returnPath } from '../smtp/trace.ts';
import type { Entry, Recipient } from './entry.ts';

export interface BounceParts {
  readonly entry: Entry;
  /** Those that failed at the instant `at`, milliseconds since 1970. */
  readonly recipients: readonly Recipient[];
  readonly at: number;
  /** Name of this server, and of the one that refused. */
  readonly name: string;
  readonly smarthost: string | undefined;
  /** The header of the message that came back. */
  readonly header: string;
}

/** Unique to one report of one message; it stands in the report's Message-ID. */
export function bounceKey({ id }: Entry, at: number): string {
  return `<${id}.${at}.bounce@`;
}

/**
 * A report that a message could not be sent (RFC 3464 in a multipart/report of RFC 6522), with the null return path (RFC 5321 6.1). Of
 * the message only the header goes back: the report will travel over a cellular network. The same parts make the same bytes.
 */
export async function bounceMessage(parts: BounceParts): Promise<Buffer> {
  const { entry, at, name } = parts;
  const root = new MimeNode('multipart/report; report-type=delivery-status', {
    baseBoundary: `${entry.id}-${at}`,
    newline: 'win',
  });
  root.setHeader({
    From: `Mail Delivery System <MAILER-DAEMON@${name}>`,
    To: entry.sender,
    Subject: 'Your mail could not be delivered',
    Date: internetDate(at),
    'Message-ID': `${bounceKey(entry, at)}${name}>`,
    // RFC 3834 5: nobody answers this by a program.
    'Auto-Submitted': 'auto-replied',
  });
  root.createChild('text/plain; charset=utf-8').setContent(forPeople(parts));
  root.createChild('message/delivery-status').setContent(forPrograms(parts));
  root.createChild('text/rfc822-headers; charset=utf-8').setContent(parts.header);
  return Buffer.concat([Buffer.from(returnPath('')), await root.build()]);
}

function forPeople({ recipients, entry, name }: BounceParts): string {
  const lines = recipients.map(({ address, reason = '' }) => `${address}: ${plainText(reason, 300)}`);
  const from = internetDate(entry.acceptedAt);
  return `${name} could not deliver the mail that you sent on ${from} to:\r\n\r\n${lines.join('\r\n')}\r\n`;
}

/** RFC 3464 2.2 and 2.3. */
function forPrograms({ recipients, entry, at, name, smarthost }: BounceParts): string {
  const message = [`Reporting-MTA: dns; ${name}`, `Arrival-Date: ${internetDate(entry.acceptedAt)}`];
  const blocks = recipients.map(({ address, user, reason = '' }) => [
    `Final-Recipient: rfc822; ${ascii(address)}`,
    'Action: failed',
    `Status: ${statusOf(reason)}`,
    ...(user === undefined && smarthost ? [`Remote-MTA: dns; ${smarthost}`] : []),
    `Diagnostic-Code: ${/^\d{3}\b/.test(reason) ? 'smtp' : 'x-ringpost'}; ${ascii(reason)}`,
    `Last-Attempt-Date: ${internetDate(at)}`,
  ]);
  return `${[message, ...blocks].map((block) => block.join('\r\n')).join('\r\n\r\n')}\r\n`;
}

/** RFC 3463: what the server said, if it was final; else that the time was over. */
function statusOf(reason: string): string {
  const [, status] = /^5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(reason) ?? [];
  return status ?? (/^5\d\d\b/.test(reason) ? '5.0.0' : '5.4.7');
}

function ascii(text: string): string {
  return plainText(text, 300).replace(/[^\x20-\x7e]/g, '?');
}
