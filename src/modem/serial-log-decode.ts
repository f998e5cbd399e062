import { setsUpCall } from './command-text.ts';
import { redactTraffic } from './serial-log-redact.ts';
import { explainCommand, explainIncoming } from './serial-log-words.ts';
import { describePdu } from './sms/describe.ts';
import { isPdu } from './urcs.ts';

/** `>`: to the modem; `<`: from it. */
export type Direction = '>' | '<';

/** One line of traffic, made fit to be shown. */
export interface Traffic {
  readonly dir: Direction;
  readonly text: string;
  /** What it means, in words. */
  readonly means?: string;
  /** The bytes as they crossed the line, hexadecimal. Not redacted. */
  readonly raw: string;
}

type PduKind = 'deliver' | 'submit' | 'status-report';

/** A longer piece without a line end is shown by its length. */
const LONGEST_LINE = 2048;
/** Data of a call is counted up to this before it is shown. */
const DATA_PIECE = 65_536;

const LF = 0x0a;
const CR = 0x0d;
const CTRL_Z = 0x1a;
const ESC = 0x1b;

/** Commands that are followed by so many raw bytes, and lines that are. */
const SENDS = /^AT\+(?:CIPSEND|QISEND)=\d+,(\d+)/i;
const RECEIVES = /^\+(?:CIPRXGET: ?2,\d+,|QIRD: ?)(\d+)/;
const REFUSED = /^(?:ERROR$|\+CM[ES] ERROR:)/;
const WANTS_PDU = /^AT\+CMG[SW]=/i;

/** Follows both directions of a line and cuts them into what people want to see. */
export class TrafficDecoder {
  readonly #show: (traffic: Traffic) => void;
  readonly #held: Record<Direction, Buffer> = { '>': Buffer.alloc(0), '<': Buffer.alloc(0) };
  readonly #raw: Record<Direction, number> = { '>': 0, '<': 0 };
  #command = '';
  #echoed = false;
  #promptWanted = false;
  #outgoingPdu = false;
  #incomingPdu: PduKind | undefined;
  #data: { dir: Direction; length: number } | undefined;

  constructor(show: (traffic: Traffic) => void) {
    this.#show = show;
  }

  push(dir: Direction, bytes: Uint8Array): void {
    if (this.#data && !this.#leavesData(dir, bytes)) {
      this.#count(dir, bytes.length);
      return;
    }
    // ESC takes back what was asked for.
    if (dir === '>' && bytes[0] === ESC) this.#expectNothing();
    this.#held[dir] = Buffer.concat([this.#held[dir], bytes]);
    while (this.#step(dir));
  }

  /** Shows what is held back. */
  flush(): void {
    if (this.#data) this.#showData();
    for (const dir of ['>', '<'] as const) this.#cut(dir, this.#held[dir].length);
  }

  /** Takes one piece off the front; false when it is not complete yet. */
  #step(dir: Direction): boolean {
    const held = this.#held[dir];
    if (held.length === 0) return false;
    if (this.#raw[dir] > 0) return this.#takeRaw(dir, held);
    if (dir === '<' && this.#promptWanted && held[0] === 0x3e) return this.#takePrompt(held);
    const end = held.findIndex((byte) => byte === LF || (dir === '>' && isEnd(byte)));
    if (end >= 0) this.#cut(dir, end + 1);
    else if (held.length > LONGEST_LINE) this.#cut(dir, held.length);
    else return false;
    return true;
  }

  #takeRaw(dir: Direction, held: Buffer): boolean {
    const length = this.#raw[dir];
    if (held.length < length) return false;
    this.#raw[dir] = 0;
    this.#held[dir] = held.subarray(length);
    this.#emit(dir, held.subarray(0, length), `[${length} bytes]`);
    return true;
  }

  #takePrompt(held: Buffer): boolean {
    this.#promptWanted = false;
    const length = held[1] === 0x20 ? 2 : 1;
    this.#held['<'] = held.subarray(length);
    this.#emit('<', held.subarray(0, length), '>', 'ready for the data');
    // A modem that echoes commands echoes raw data too, but what it echoes is content.
    if (this.#echoed) this.#raw['<'] = this.#raw['>'];
    return true;
  }

  #cut(dir: Direction, length: number): void {
    const bytes = this.#held[dir].subarray(0, length);
    this.#held[dir] = this.#held[dir].subarray(length);
    const text = bytes.toString('latin1').replace(/[\r\n]+$/, '');
    if (text === '') return;
    if (bytes.length > LONGEST_LINE) this.#emit(dir, bytes, `[${bytes.length} bytes]`);
    else if (dir === '<') this.#incoming(bytes, text);
    else if (this.#outgoingPdu && text.charCodeAt(0) !== ESC) this.#outgoingMessage(bytes, text);
    else this.#outgoing(bytes, text);
  }

  #outgoing(bytes: Buffer, text: string): void {
    this.#command = text;
    this.#echoed = false;
    this.#raw['>'] = Number(SENDS.exec(text)?.[1] ?? 0);
    this.#outgoingPdu = WANTS_PDU.test(text);
    this.#promptWanted = this.#outgoingPdu || this.#raw['>'] > 0;
    this.#emit('>', bytes, redactTraffic(text), explainCommand(text));
  }

  #outgoingMessage(bytes: Buffer, text: string): void {
    this.#outgoingPdu = false;
    this.#showMessage('>', bytes, withoutEnd(text), 'submit');
  }

  #incoming(bytes: Buffer, text: string): void {
    const kind = this.#incomingPdu;
    this.#incomingPdu = pduAfter(text);
    const echo = text === this.#command;
    if (echo) this.#echoed = true;
    if (kind && !/^(?:OK|ERROR|\+)/.test(text)) this.#showMessage('<', bytes, text, kind);
    else if (this.#echoed && isPdu(withoutEnd(text)))
      this.#showMessage('<', bytes, withoutEnd(text), 'submit');
    else this.#emit('<', bytes, redactTraffic(text), echo ? 'echo' : explainIncoming(text));
    this.#raw['<'] = Number(RECEIVES.exec(text)?.[1] ?? 0);
    if (REFUSED.test(text)) this.#expectNothing();
    if (/^CONNECT\b/.test(text) && setsUpCall(this.#command)) this.#data = { dir: '<', length: 0 };
  }

  #expectNothing(): void {
    this.#raw['>'] = 0;
    this.#outgoingPdu = false;
    this.#promptWanted = false;
  }

  /** A PDU is taken apart; a message in text mode is content. */
  #showMessage(dir: Direction, bytes: Buffer, text: string, kind: PduKind): void {
    if (isPdu(text)) this.#showPdu(dir, bytes, text, kind);
    else this.#emit(dir, bytes, `[${text.length} characters]`);
  }

  #showPdu(dir: Direction, bytes: Buffer, hex: string, kind: PduKind): void {
    this.#emit(dir, bytes, `[PDU of ${hex.length / 2} octets]`, describePdu(hex, kind));
  }

  /** A call is over when the modem says so, or when a command follows. */
  #leavesData(dir: Direction, bytes: Uint8Array): boolean {
    const text = Buffer.from(bytes).toString('latin1');
    const command = text.charCodeAt(0) === ESC ? text.slice(1) : text;
    const leaves = dir === '>' ? /^AT[^\n]*\r$/i.test(command) : /^\r\n(?:NO CARRIER|OK)\r\n/.test(text);
    if (leaves) {
      this.#showData();
      this.#data = undefined;
    }
    return leaves;
  }

  #count(dir: Direction, length: number): void {
    const data = this.#data;
    if (!data) return;
    if (data.dir !== dir || data.length > DATA_PIECE) this.#showData();
    data.dir = dir;
    data.length += length;
  }

  #showData(): void {
    const data = this.#data;
    if (!data || data.length === 0) return;
    this.#emit(data.dir, Buffer.alloc(0), `[${data.length} bytes]`, 'data of the call');
    data.length = 0;
  }

  #emit(dir: Direction, bytes: Buffer, text: string, means?: string): void {
    this.#show({ dir, text, ...(means ? { means } : {}), raw: bytes.toString('hex') });
  }
}

/** Without the Ctrl-Z, or whatever else is not of the PDU. */
function withoutEnd(text: string): string {
  return text.replace(/[^0-9A-Fa-f]+$/, '');
}

function isEnd(byte: number): boolean {
  return byte === CR || byte === CTRL_Z || byte === ESC;
}

/** Which PDU follows the line (3GPP TS 27.005 3.4.1, 4.1, 4.2): stored states 2 and 3 are our own messages. */
function pduAfter(line: string): PduKind | undefined {
  const stored = /^\+CMG[LR]: ?(?:\d+, ?)?(\d)/.exec(line)?.[1];
  if (line.startsWith('+CMGL:')) return /^\+CMGL: ?\d+, ?[23]/.test(line) ? 'submit' : 'deliver';
  if (line.startsWith('+CMGR:')) return stored === '2' || stored === '3' ? 'submit' : 'deliver';
  if (line.startsWith('+CDS:')) return 'status-report';
  return line.startsWith('+CMT:') ? 'deliver' : undefined;
}
