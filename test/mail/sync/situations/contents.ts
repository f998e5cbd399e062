import { createHash } from 'node:crypto';

const TWIN = 'Message-ID: <twin@test>\r\nSubject: twins\r\n\r\n';

/** Messages that are not like most others. All have their name in them. */
const ODD: Readonly<Record<string, string | Buffer>> = {
  // The same Message-ID, INTERNALDATE and size; only the content tells them apart.
  twin1: `${TWIN}name=twin1\r\n`,
  twin2: `${TWIN}name=twin2\r\n`,
  twin3: `${TWIN}name=twin3\r\n`,
  noid1: 'Subject: no Message-ID\r\n\r\nname=noid1\r\n',
  noid2: 'Subject: no Message-ID\r\n\r\nname=noid2\r\n',
  nobody: 'Message-ID: <nobody@test>\r\nSubject: name=nobody\r\n\r\n',
  noheader: '\r\nname=noheader\r\n',
  bytes: Buffer.concat([
    Buffer.from('Message-ID: <bytes@test>\r\nSubject: name=bytes\r\n\r\n'),
    Buffer.from(Array.from({ length: 128 }, (_one, index) => 128 + index)),
    Buffer.from('\r\n'),
  ]),
  utf8: 'Message-ID: <utf8@test>\r\nSubject: Grüße, name=utf8\r\n\r\näöü €\r\n',
  long: `Message-ID: <long@test>\r\nReferences:${' <someone@somewhere.example>\r\n'.repeat(400)}Subject: name=long\r\n\r\nx\r\n`,
  line: `Message-ID: <line@test>\r\nSubject: name=line\r\n\r\n${'x'.repeat(5000)}\r\n`,
  large: `Message-ID: <large@test>\r\nSubject: name=large\r\n\r\n${'All work and no play.\r\n'.repeat(3000)}`,
  noend: 'Message-ID: <noend@test>\r\nSubject: name=noend\r\n\r\nno line end',
  dots: 'Message-ID: <dots@test>\r\nSubject: name=dots\r\n\r\n.\r\n..\r\n.\r\nFrom x\r\n)\r\n',
  folded: 'Message-ID:\r\n <folded@test>\r\nSubject: name=folded\r\n\r\nx\r\n',
  oddid: 'Message-ID: no angle brackets here\r\nSubject: name=oddid\r\n\r\nx\r\n',
};

/** What the name stands for, as it is at the server. */
export function contentOf(name: string): Buffer {
  const text = ODD[name] ?? `Message-ID: <${name}@test>\r\nSubject: name=${name}\r\n\r\nHello\r\n`;
  return Buffer.from(text);
}

/** INTERNALDATE, milliseconds since 1970, whole seconds: the same for all twins, and for messages without Message-ID. */
export function dateOf(name: string): number {
  const kind = name.replace(/^(twin|noid)\d$/, '$1');
  return Date.UTC(2026, 0, 1) + (hash(kind).readUInt32BE() % 1_000_000) * 1000;
}

/** The name that is in a message. */
export function nameIn(content: Uint8Array): string {
  return /name=(\w+)/.exec(Buffer.from(content).toString('latin1'))?.[1] ?? '?';
}

/** How a message is listed: name, flags, INTERNALDATE, content. */
export function lineFor(name: string, flags: string, date: number, content: Uint8Array): string {
  const time = new Date(Math.floor(date / 1000) * 1000).toISOString();
  return `${name}:${flags} ${time} ${hash(content).toString('hex', 0, 6)}`;
}

/** `FS+work` for letters and keywords in any order. */
export function flagText(letters: string, keywords: readonly string[]): string {
  return [[...letters].sort().join(''), ...[...keywords].sort()].join('+');
}

export interface Named {
  readonly name: string;
  readonly letters: string;
  readonly keywords: readonly string[];
}

/** Reads `a b:FS+work`. */
export function parseMessages(messages: string): Named[] {
  const words = messages.split(' ').filter((word) => word !== '');
  return words.map((word) => {
    const [name = '', flags = ''] = word.split(':');
    const [letters = '', ...keywords] = flags.split('+');
    return { name, letters, keywords };
  });
}

/** The lines that a mailbox with these messages has. */
export function linesFor(messages: string): string[] {
  const lines = parseMessages(messages).map(({ name, letters, keywords }) =>
    lineFor(name, flagText(letters, keywords), dateOf(name), contentOf(name)),
  );
  return lines.sort();
}

function hash(content: string | Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
