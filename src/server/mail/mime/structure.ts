import { type ContentType, MESSAGE_RFC822, parameter, parseContentType, TEXT_PLAIN } from './content-type.ts';
import { type Field, fieldValue, parseHeader } from './header.ts';
import { type Line, scanLines } from './lines.ts';

/** One MIME part: where its bytes are in the message, and what its header says. Offsets in bytes. */
export interface Part {
  readonly headerStart: number;
  bodyStart: number;
  /** Behind the last byte of the body; the line end before a boundary belongs to the boundary (RFC 2046 5.1.1). */
  end: number;
  /** Line ends in the body. */
  lines: number;
  fields: readonly Field[];
  contentType: ContentType;
  /** The parts of a multipart, or the one message inside a message/rfc822. */
  readonly children: Part[];
}

/** More of one header block than this is not looked at (it is still served). */
const MAX_HEADER = 4 * 1024 * 1024;
/** What is needed of a body line: `--`, a boundary of 70 characters (RFC 2046 5.1.1), `--`, and some room. */
const MAX_BODY_LINE = 300;
/** Deeper or more parts are treated as plain bytes. */
const MAX_DEPTH = 50;
const MAX_PARTS = 5_000;

/** Reads a whole message and tells its structure; the root part is the message itself. */
export async function readStructure(message: AsyncIterable<Uint8Array>): Promise<Part> {
  const scanner = new StructureScanner();
  const size = await scanLines(
    message,
    () => scanner.limit,
    (line) => scanner.take(line),
  );
  return scanner.finish(size);
}

/** Reads the message's own header only, and not more of the stream than that. */
export async function readTopHeader(
  message: AsyncIterable<Uint8Array>,
): Promise<{ readonly fields: readonly Field[]; readonly end: number }> {
  const scanner = new StructureScanner();
  const read = await scanLines(
    message,
    () => scanner.limit,
    (line) => scanner.take(line) && scanner.inTopHeader,
  );
  const top = scanner.finish(read);
  return { fields: top.fields, end: top.bodyStart };
}

interface Open {
  readonly part: Part;
  /** Of a multipart whose boundaries are still looked for. */
  boundary?: Buffer | undefined;
  /** Line ends that were seen when the body began. */
  linesBefore: number;
}

class StructureScanner {
  readonly #root = newPart(0, TEXT_PLAIN);
  /** From the root to the part that is being read. */
  #open: Open[] = [{ part: this.#root, linesBefore: 0 }];
  #header: Buffer[] | undefined = [];
  #headerBytes = 0;
  #lines = 0;
  #parts = 1;
  /** Length of the line end of the line before. */
  #lineEnd = 0;

  get limit(): number {
    return this.#header ? Math.max(MAX_BODY_LINE, MAX_HEADER - this.#headerBytes) : MAX_BODY_LINE;
  }

  get inTopHeader(): boolean {
    return this.#open.length === 1 && this.#header !== undefined;
  }

  take(line: Line): boolean {
    if (!this.#atBoundary(line) && this.#header) this.#takeHeader(line, this.#header);
    this.#lines += 1;
    this.#lineEnd = line.bytes.at(-2) === 0x0d || isCut(line) ? 2 : 1;
    return true;
  }

  finish(size: number): Part {
    if (this.#header) this.#endHeader(size, this.#header);
    this.#closeDownTo(0, size, this.#lines);
    return this.#root;
  }

  #takeHeader(line: Line, header: Buffer[]): void {
    if (isBlank(line.bytes)) {
      this.#lines += 1;
      this.#endHeader(line.end, header);
      this.#lines -= 1;
    } else if (this.#headerBytes < MAX_HEADER) {
      header.push(Buffer.from(line.bytes));
      this.#headerBytes += line.bytes.length;
    }
  }

  #endHeader(bodyStart: number, header: Buffer[]): void {
    const open = this.#innermost;
    const { part } = open;
    part.fields = parseHeader(Buffer.concat(header));
    part.bodyStart = bodyStart;
    part.contentType = parseContentType(fieldValue(part.fields, 'content-type'), part.contentType);
    open.linesBefore = this.#lines;
    this.#header = undefined;
    this.#headerBytes = 0;
    if (this.#open.length >= MAX_DEPTH) return;
    if (part.contentType.type === 'multipart') {
      const boundary = parameter(part.contentType, 'boundary');
      if (boundary) open.boundary = Buffer.from(`--${boundary}`, 'latin1');
    } else if (isMessage(part)) this.#begin(bodyStart, TEXT_PLAIN);
  }

  #begin(start: number, fallback: ContentType): void {
    if (this.#parts >= MAX_PARTS) return;
    this.#parts += 1;
    const part = newPart(start, fallback);
    this.#innermost.part.children.push(part);
    this.#open.push({ part, linesBefore: this.#lines });
    this.#header = [];
    this.#headerBytes = 0;
  }

  #atBoundary(line: Line): boolean {
    if (line.bytes[0] !== 0x2d || line.bytes[1] !== 0x2d) return false;
    for (let level = this.#open.length - 1; level >= 0; level -= 1) {
      const open = this.#open[level] as Open;
      const match = open.boundary ? matchBoundary(line.bytes, open.boundary) : 'none';
      if (match === 'none') continue;
      if (this.#header && level < this.#open.length - 1) this.#endUnfinishedHeader(line.start);
      this.#closeDownTo(level + 1, line.start - this.#lineEnd, this.#lines - 1);
      if (match === 'last') open.boundary = undefined;
      else this.#beginAfter(line, open.part.contentType.subtype);
      return true;
    }
    return false;
  }

  #beginAfter(line: Line, subtype: string): void {
    this.#lines += 1;
    this.#begin(line.end, subtype === 'digest' ? MESSAGE_RFC822 : TEXT_PLAIN);
    this.#lines -= 1;
  }

  /** A boundary came before the blank line: the part has no body. */
  #endUnfinishedHeader(at: number): void {
    const part = this.#innermost.part;
    part.fields = parseHeader(Buffer.concat(this.#header ?? []));
    part.contentType = parseContentType(fieldValue(part.fields, 'content-type'), part.contentType);
    part.bodyStart = Math.max(part.headerStart, at);
    this.#innermost.linesBefore = this.#lines;
    this.#header = undefined;
    this.#headerBytes = 0;
  }

  #closeDownTo(depth: number, end: number, lines: number): void {
    while (this.#open.length > depth) {
      const { part, linesBefore } = this.#open.pop() as Open;
      part.end = Math.max(part.bodyStart, end);
      part.lines = Math.max(0, lines - linesBefore);
    }
  }

  get #innermost(): Open {
    return this.#open[this.#open.length - 1] as Open;
  }
}

function newPart(headerStart: number, contentType: ContentType): Part {
  return {
    headerStart,
    bodyStart: headerStart,
    end: headerStart,
    lines: 0,
    fields: [],
    contentType,
    children: [],
  };
}

/** A message in base64 or quoted-printable cannot be looked into (RFC 2046 5.2.1 forbids it). */
function isMessage(part: Part): boolean {
  if (part.contentType.type !== 'message' || part.contentType.subtype !== 'rfc822') return false;
  const encoding = fieldValue(part.fields, 'content-transfer-encoding') ?? '7bit';
  return /^(7bit|8bit|binary)$/i.test(encoding.trim());
}

function isBlank(bytes: Buffer): boolean {
  return bytes[0] === 0x0a || (bytes[0] === 0x0d && (bytes.length === 1 || bytes[1] === 0x0a));
}

function isCut(line: Line): boolean {
  return line.bytes.length < line.end - line.start;
}

/** A boundary line may end in white space only (RFC 2046 5.1.1). */
function matchBoundary(line: Buffer, boundary: Buffer): 'none' | 'next' | 'last' {
  if (line.length < boundary.length || boundary.compare(line, 0, boundary.length) !== 0) return 'none';
  const rest = line.toString('latin1', boundary.length);
  if (/^--[ \t]*\r?\n?$/.test(rest)) return 'last';
  return /^[ \t]*\r?\n?$/.test(rest) ? 'next' : 'none';
}
