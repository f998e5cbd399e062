import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { codeOf } from '../base/errors.ts';
import { DICTIONARY } from './dictionary.ts';
import { type EnrolledServer, type Enrolment, enrolment } from './enrolment.ts';
import { EnrolmentError } from './errors.ts';
import { type Field, readFields, writeFields } from './fields.ts';

const PREFIX = 'ringpost:';
const VERSION = '1';
const CHECKSUM_BYTES = 4;
/** Longest text that is looked at, and what it may unfold to. */
const MAX_CHARACTERS = 16_384;
const MAX_BYTES = 16_384;

/** First tag of each server's fields. */
const SERVERS = { message: 0x10, mail: 0x20, submission: 0x30 } as const;
const DEVICE = 1;
const KEY = 2;
/** A tag from here on may be left out by who does not know it; an unknown one below changes the meaning. */
const OPTIONAL_TAG = 0x80;
const SECURITY = ['tls', 'starttls', 'none'] as const;

/**
 * One line, `ringpost:1:` and base64url (RFC 4648 5) of checksum (4: SHA-256 over `ringpost:1:` and the rest, cut) ‖
 * fields, deflated (RFC 1951) with the dictionary of version 1. With a self-signed certificate in it some 450 characters.
 */
export function enrolmentText(value: Enrolment): string {
  const fields = writeFields(fieldsOf(enrolment.parse(value)));
  const packed = deflateRawSync(fields, { level: 9, dictionary: DICTIONARY });
  return `${PREFIX}${VERSION}:${Buffer.concat([checksum(packed), packed]).toString('base64url')}`;
}

/** Reads it; line breaks and spaces that a terminal or a mail program put in make no difference. Throws EnrolmentError. */
export function readEnrolment(text: string): Enrolment {
  const bare = text.slice(0, MAX_CHARACTERS + 1).replace(/\s+/g, '');
  const match = /^ringpost:(\d+):(.*)$/.exec(bare);
  if (!match?.[1] || match[2] === undefined) {
    throw refused('not-enrolment', `expected a text that begins with "${PREFIX}${VERSION}:"`);
  }
  if (match[1] !== VERSION) {
    const problem = `version ${match[1].slice(0, 8)} of the text, this program reads ${VERSION}; update Ringpost here`;
    throw refused('other-version', problem);
  }
  const odd = /[^A-Za-z0-9_-]/.exec(match[2]);
  if (odd) throw damaged(`"${odd[0]}" at character ${match[0].length - match[2].length + odd.index + 1}`);
  if (text.length > MAX_CHARACTERS) throw damaged(`more than ${MAX_CHARACTERS} characters`);
  const bytes = Buffer.from(match[2], 'base64url');
  const fields = unpack(bytes);
  // Each value has one spelling only (RFC 4648 3.5), so that no change goes unnoticed.
  if (bytes.toString('base64url') !== match[2]) throw damaged('its last character was changed');
  return fromFields(readFields(fields));
}

function unpack(bytes: Buffer): Buffer {
  if (bytes.length <= CHECKSUM_BYTES) throw damaged('it is cut off');
  const packed = bytes.subarray(CHECKSUM_BYTES);
  const fields = inflate(packed);
  if (checksum(packed).equals(bytes.subarray(0, CHECKSUM_BYTES))) return fields;
  throw damaged('the checksum is another one: characters were changed');
}

function inflate(packed: Buffer): Buffer {
  const options = { dictionary: DICTIONARY, maxOutputLength: MAX_BYTES, info: true };
  try {
    // With `info` there is an engine beside the bytes, which knows where the stream ended; its types do not know that.
    const inflated = inflateRawSync(packed, options) as unknown as Inflated;
    if (inflated.engine.bytesWritten === packed.length) return inflated.buffer;
  } catch (cause) {
    throw damaged(codeOf(cause) === 'Z_BUF_ERROR' ? 'it is cut off' : 'characters were changed', cause);
  }
  throw damaged('there are characters behind its end');
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function checksum(packed: Uint8Array): Buffer {
  const digest = createHash('sha256').update(`${PREFIX}${VERSION}:`).update(packed).digest();
  return digest.subarray(0, CHECKSUM_BYTES);
}

function fieldsOf({ device, key, servers }: Enrolment): Field[] {
  const id = Buffer.alloc(2);
  id.writeUInt16BE(key.id);
  const parts = Object.entries(SERVERS).flatMap(([name, tag]) => {
    const server = servers?.[name as keyof typeof SERVERS];
    return server ? serverFields(tag, server) : [];
  });
  return [[DEVICE, Buffer.from(device)], [KEY, Buffer.concat([id, key.secret])], ...parts];
}

function serverFields(tag: number, server: EnrolledServer): Field[] {
  const { host, port, user, password, security = 'tls', servername, trust } = server;
  const portBytes = Buffer.alloc(2);
  portBytes.writeUInt16BE(port);
  const values = [
    Buffer.from(host),
    portBytes,
    user && Buffer.from(user),
    password && Buffer.from(password),
    security === 'tls' ? undefined : Buffer.of(SECURITY.indexOf(security)),
    servername && Buffer.from(servername),
    trust,
  ];
  return values.flatMap((value, offset): Field[] => (value ? [[tag + offset, value]] : []));
}

function fromFields(fields: ReadonlyMap<number, Buffer>): Enrolment {
  const known = [
    DEVICE,
    KEY,
    ...Object.values(SERVERS).flatMap((tag) => [0, 1, 2, 3, 4, 5, 6].map((n) => tag + n)),
  ];
  const unknown = [...fields.keys()].find((tag) => tag < OPTIONAL_TAG && !known.includes(tag));
  if (unknown !== undefined)
    throw bad(`it has a part (${unknown}) that this program does not know; update Ringpost here`);
  const key = fields.get(KEY);
  const servers = Object.entries(SERVERS).flatMap(([name, tag]) =>
    fields.has(tag) ? [[name, serverOf(fields, tag)] as const] : [],
  );
  const read = enrolment.safeParse({
    device: fields.get(DEVICE)?.toString(),
    key: key && { id: key.length > 2 ? key.readUInt16BE(0) : -1, secret: key.subarray(2) },
    ...(servers.length > 0 && { servers: Object.fromEntries(servers) }),
  });
  if (read.success) return read.data;
  throw bad(read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function serverOf(fields: ReadonlyMap<number, Buffer>, tag: number) {
  const port = fields.get(tag + 1);
  const security = fields.get(tag + 4)?.[0];
  const words = { host: tag, user: tag + 2, password: tag + 3, servername: tag + 5 };
  return {
    ...Object.fromEntries(
      Object.entries(words).flatMap(([name, at]) =>
        fields.has(at) ? [[name, fields.get(at)?.toString()]] : [],
      ),
    ),
    port: port?.length === 2 ? port.readUInt16BE(0) : 0,
    ...(security !== undefined && { security: SECURITY[security] ?? 'unknown' }),
    ...(fields.has(tag + 6) && { trust: fields.get(tag + 6) }),
  };
}

function damaged(what: string, cause?: unknown): EnrolmentError {
  return refused('damaged-enrolment', `${what}; copy the whole line again`, cause);
}

function bad(what: string): EnrolmentError {
  return refused('bad-enrolment', what);
}

function refused(code: string, what: string, cause?: unknown): EnrolmentError {
  return new EnrolmentError(`The enrolment text cannot be taken: ${what}`, { code, cause });
}
