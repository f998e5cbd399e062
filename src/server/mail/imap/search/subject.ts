import libmime from 'libmime';
import { parameter } from '../../mime/content-type.ts';
import { type Field, fieldValue, fieldValues } from '../../mime/header.ts';
import type { Part } from '../../mime/structure.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import type { StoredMessage } from '../../store/records.ts';
import { MessageView } from '../fetch/message-view.ts';
import type { Subject } from './key.ts';

const DAY_MS = 86_400_000;
/** Of one text part no more than this is searched. */
const MAX_PART = 16 * 1024 * 1024;

/** A message for SEARCH; what was read of it is kept while it is looked at. */
export class MessageSubject implements Subject {
  readonly message: StoredMessage;
  readonly recent: boolean;
  readonly #view: MessageView;

  constructor(mailbox: Mailbox, message: StoredMessage, recent: boolean) {
    this.message = message;
    this.recent = recent;
    this.#view = new MessageView(mailbox, message);
  }

  async header(name: string): Promise<readonly string[]> {
    const { fields } = await this.#view.part('header');
    return fieldValues(fields, name).map(decode);
  }

  async sentDay(): Promise<number | undefined> {
    const date = fieldValue((await this.#view.part('header')).fields, 'date');
    const match = /(\d{1,2})\s+([A-Za-z]{3})[A-Za-z]*\s+(\d{4})/.exec((date ?? '').slice(0, 200));
    const at = match ? Date.parse(`${match[1]} ${match[2]} ${match[3]} UTC`) : Number.NaN;
    return Number.isNaN(at) ? undefined : Math.floor(at / DAY_MS);
  }

  async contains(text: string, withHeader: boolean): Promise<boolean> {
    const root = await this.#view.part('structure');
    if (withHeader && hasInHeader(root.fields, text)) return true;
    return this.#hasInBody(root, text);
  }

  async #hasInBody(part: Part, text: string): Promise<boolean> {
    for (const child of part.children) {
      const isMessage = part.contentType.type === 'message';
      if (isMessage && hasInHeader(child.fields, text)) return true;
      if (await this.#hasInBody(child, text)) return true;
    }
    if (part.children.length > 0 || part.contentType.type !== 'text') return false;
    return (await this.#text(part)).toLowerCase().includes(text);
  }

  async #text(part: Part): Promise<string> {
    const chunks: Uint8Array[] = [];
    const end = Math.min(part.end, part.bodyStart + MAX_PART);
    for await (const chunk of this.#view.read(part.bodyStart, end)) chunks.push(Uint8Array.from(chunk));
    const encoding = fieldValue(part.fields, 'content-transfer-encoding')?.toLowerCase().trim();
    return toText(decodeTransfer(Buffer.concat(chunks), encoding), parameter(part.contentType, 'charset'));
  }
}

function hasInHeader(fields: readonly Field[], text: string): boolean {
  return fields.some(({ name, value }) => `${name}: ${decode(value)}`.toLowerCase().includes(text));
}

/** Encoded words decoded; raw bytes taken for UTF-8. */
function decode(value: string): string {
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('=?') ? libmime.decodeWords(text) : text;
}

function decodeTransfer(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'base64') return Buffer.from(bytes.toString('latin1'), 'base64');
  if (encoding !== 'quoted-printable') return bytes;
  const text = bytes.toString('latin1').replace(/[ \t]*=\r?\n/g, '');
  const plain = text.replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  return Buffer.from(plain, 'latin1');
}

function toText(bytes: Buffer, charset: string | undefined): string {
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
