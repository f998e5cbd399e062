import addressparser, { type Address } from 'nodemailer/lib/addressparser';
import { type Field, fieldValue, fieldValues } from './header.ts';
import { imapNstring } from './imap-text.ts';

/** More characters of one address field are not looked at. */
const MAX_ADDRESS_FIELD = 256 * 1024;

/** ENVELOPE of a message (RFC 3501 7.4.2), `latin1`. */
export function formatEnvelope(fields: readonly Field[]): string {
  const from = addresses(fields, 'from');
  const or = (name: string) => {
    const own = addresses(fields, name);
    return own === 'NIL' ? from : own;
  };
  return `(${[
    imapNstring(fieldValue(fields, 'date')),
    imapNstring(fieldValue(fields, 'subject')),
    from,
    or('sender'),
    or('reply-to'),
    addresses(fields, 'to'),
    addresses(fields, 'cc'),
    addresses(fields, 'bcc'),
    imapNstring(fieldValue(fields, 'in-reply-to')),
    imapNstring(fieldValue(fields, 'message-id')),
  ].join(' ')})`;
}

function addresses(fields: readonly Field[], name: string): string {
  const text = fieldValues(fields, name).join(', ').slice(0, MAX_ADDRESS_FIELD);
  const list = addressparser(text).map(formatAddress).join('');
  return list === '' ? 'NIL' : `(${list})`;
}

/** A group is its name, its members, and an end mark (RFC 3501 7.4.2). */
function formatAddress(address: Address): string {
  if (address.group === undefined) return formatMailbox(address.name, address.address);
  const members = address.group.map(formatAddress).join('');
  return `(NIL NIL ${imapNstring(address.name)} NIL)${members}(NIL NIL NIL NIL)`;
}

function formatMailbox(name: string, address: string): string {
  // A word without a host is read as a name; it is a local user.
  if (address === '') return name === '' ? '' : formatMailbox('', name);
  const at = address.lastIndexOf('@');
  const local = at < 0 ? address : address.slice(0, at);
  // A missing host would mark a group; clients cope better with a made-up one.
  const host = at < 0 || at === address.length - 1 ? 'MISSING_DOMAIN' : address.slice(at + 1);
  return `(${imapNstring(name || undefined)} NIL ${imapNstring(local)} ${imapNstring(host)})`;
}
