import type { SMTPServerSession } from 'smtp-server';

/** What a Received field says beside the client. */
export interface Stamp {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly id: string;
}

/** RFC 5321 4.4: at the final delivery only. */
export function returnPath(sender: string): string {
  return `Return-Path: <${plain(sender)}>\r\n`;
}

/** Received (RFC 5321 4.4), `with` a word of RFC 3848. */
export function received(session: SMTPServerSession, { name, at, id }: Stamp): string {
  const helo = plain(session.hostNameAppearsAs || 'unknown');
  const client = session.remoteAddress ? `[${session.remoteAddress}]` : 'local';
  return [
    `Received: from ${helo} (${client})`,
    `\tby ${plain(name)} with ${session.transmissionType} id ${id};`,
    `\t${internetDate(at)}`,
    '',
  ].join('\r\n');
}

/** RFC 5322 3.3. */
export function internetDate(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}

function plain(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, 300);
}
