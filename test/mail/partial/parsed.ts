import { fieldValue } from '../../../src/server/mail/mime/header.ts';
import { type Part, readStructure } from '../../../src/server/mail/mime/structure.ts';

export interface Parsed {
  /** `latin1`. */
  readonly text: string;
  readonly root: Part;
  /** Of the parts of the multipart, encoded as they are; `latin1`. */
  readonly bodies: readonly string[];
}

/** Reads a message with the mail server's reader, which shares nothing with what wrote it. */
export async function parsed(message: Buffer): Promise<Parsed> {
  const root = await readStructure(once(message));
  const text = message.toString('latin1');
  return { text, root, bodies: root.children.map(({ bodyStart, end }) => text.slice(bodyStart, end)) };
}

/** The text behind the note, as a reader shows it; undefined: there is none. */
export function shown({ root, bodies }: Parsed): string | undefined {
  const [, part] = root.children;
  return part && decoded(fieldValue(part.fields, 'content-transfer-encoding') ?? '7bit', bodies[1] as string);
}

/** Decodes a body (`latin1`) of UTF-8 text. */
export function decoded(encoding: string, body: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString();
  const octets = body
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1').toString();
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
