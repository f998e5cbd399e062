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

/** A line of what a side holds: `INBOX a:FS`. */
export function line(mailbox: string, content: string, flags: string): string {
  return `${mailbox} ${subjectOf(content)}${flags === '' ? '' : `:${flags}`}`;
}

export function subjectOf(content: string): string {
  return /^Subject: (.*?)\r?$/m.exec(content)?.[1] ?? '?';
}

/** What is special about a message is in its name. With CRLF; `twin1` and `twin2` are the same message. */
export function contentOf(name: string): string {
  const subject = name.replace(/^(twin|same)\d$/, '$1');
  const header = `Message-ID: <${subject}@test>\r\nSubject: ${subject}\r\n`;
  if (name.startsWith('noid')) return `Subject: ${name}\r\n\r\nWithout an id ${name}.\r\n`;
  if (name.startsWith('bare')) return `${header}\r\n${'line\r\n'.repeat(3)}bare\nend\r`;
  if (name.startsWith('empty')) return `${header}\r\n`;
  if (name.startsWith('eight')) return `${header}\r\ngr\u00fc\u00dfe \u00ff\r\n`;
  if (name.startsWith('long')) return `X-Long: ${'x'.repeat(700)}\r\n${header}\r\nlong\r\n`;
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
