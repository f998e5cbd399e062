import { createHash } from 'node:crypto';

/** Letters of a Maildir name, and what a server calls them. */
const FLAGS: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  P: '$Forwarded',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
};

export function flagsOf(letters: string): string[] {
  return [...letters].map((letter) => FLAGS[letter] as string);
}

/** `FS+work`: letters, then keywords. */
export function lettersOf(flags: Iterable<string>): string {
  const all = [...flags].filter((flag) => flag !== '\\Recent');
  const letters = Object.keys(FLAGS).filter((letter) => all.includes(FLAGS[letter] as string));
  const keywords = all.filter((flag) => !Object.values(FLAGS).includes(flag)).sort();
  return [letters.join(''), ...keywords].join('+');
}

/** A line of what a side holds: `INBOX a:FS`, then INTERNALDATE and a hash of the content (a byte for each sign). */
export function line(mailbox: string, content: string, flags: string, date: number): string {
  const time = new Date(Math.floor(date / 1000) * 1000).toISOString();
  const hash = createHash('sha256').update(content, 'latin1').digest('hex').slice(0, 12);
  return `${mailbox} ${subjectOf(content)}${flags === '' ? '' : `:${flags}`} ${time} ${hash}`;
}

export function subjectOf(content: string): string {
  return /^Subject: (.*?)\r?$/m.exec(content)?.[1] ?? '?';
}

/** Messages that are hard to carry, or whose Message-ID is hard to read. A byte for each sign. */
const HARD: Readonly<Record<string, string>> = {
  headless: '\r\nSubject: NAME\r\n',
  bytes: `Message-ID: <NAME@test>\r\nSubject: NAME\r\n\r\n${String.fromCharCode(...Array.from({ length: 128 }, (_one, index) => 128 + index))}\r\n`,
  references: `Message-ID: <NAME@test>\r\nReferences:${' <someone@somewhere.example>\r\n'.repeat(400)}Subject: NAME\r\n\r\nx\r\n`,
  line: `Message-ID: <NAME@test>\r\nSubject: NAME\r\n\r\n${'x'.repeat(5000)}\r\n`,
  large: `Message-ID: <NAME@test>\r\nSubject: NAME\r\n\r\n${'All work and no play.\r\n'.repeat(3000)}`,
  endless: 'Message-ID: <NAME@test>\r\nSubject: NAME\r\n\r\nno line end',
  dots: 'Message-ID: <NAME@test>\r\nSubject: NAME\r\n\r\n.\r\n..\r\n.\r\nFrom x\r\n)\r\n',
  folded: 'Message-ID:\r\n <NAME@test>\r\nSubject: NAME\r\n\r\nx\r\n',
  oddid: 'Message-ID: no angle brackets here\r\nSubject: NAME\r\n\r\nx\r\n',
};

/** What is special about a message is in its name. With CRLF; `twin1` and `twin2` are the same message. */
export function contentOf(name: string): string {
  const subject = name.replace(/^(twin|same)\d$/, '$1');
  const header = `Message-ID: <${subject}@test>\r\nSubject: ${subject}\r\n`;
  if (name.startsWith('noid')) return `Subject: ${name}\r\n\r\nWithout an id ${name}.\r\n`;
  if (name.startsWith('bare')) return `${header}\r\n${'line\r\n'.repeat(3)}bare\nend\r`;
  if (name.startsWith('empty')) return `${header}\r\n`;
  if (name.startsWith('eight')) return `${header}\r\ngr\u00fc\u00dfe \u00ff\r\n`;
  if (name.startsWith('long')) return `X-Long: ${'x'.repeat(700)}\r\n${header}\r\nlong\r\n`;
  const hard = HARD[name.replace(/\d$/, '')];
  if (hard !== undefined) return hard.replaceAll('NAME', name);
  if (name.startsWith('big')) return `${header}\r\n${'0123456789\r\n'.repeat(40)}`;
  return `${header}\r\nText of ${subject}.\r\n`;
}

/** INTERNALDATE of a message, milliseconds since 1970, whole seconds; twins share one. */
export function dateOf(name: string): number {
  const subject = name.replace(/^twin\d$/, 'twin');
  return (
    Date.UTC(2026, 0, 1) + [...subject].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 1e6, 7) * 1000
  );
}
