/** Characters of a base64 line, and the bytes in it (RFC 2045 6.8). */
const LINE = 76;
const LINE_BYTES = 57;

/**
 * Cuts the end off an encoded text, so that it holds no half encoding and no half UTF-8 sequence. `text` is `latin1`
 * with LF line ends; `room` is the most bytes that it may have with CRLF. Half a character of UTF-8 is looked for whatever
 * the charset says: in another one this costs three characters at most, of a text that goes on elsewhere.
 */
export function cutText(text: string, encoding: string, room: number): string {
  if (encoding === 'base64') return cutBase64(text, room);
  const short = within(text, room);
  return encoding === 'quoted-printable' ? cutQuotedPrintable(short) : cutPlain(short);
}

/** As much of the text as has `room` bytes with CRLF line ends. */
export function within(text: string, room: number): string {
  let left = room;
  for (let at = 0; at < text.length; at += 1) {
    left -= text[at] === '\n' ? 2 : 1;
    if (left < 0) return text.slice(0, at);
  }
  return text;
}

/** Encoded anew, because characters of several bytes need not end where four characters of base64 do. */
function cutBase64(text: string, room: number): string {
  const digits = text.replace(/[^A-Za-z0-9+/=]/g, '');
  const bytes = Buffer.from(digits.slice(0, digits.length - (digits.length % 4)), 'base64');
  const kept = bytes.subarray(0, bytesIn(Math.max(0, room)));
  const whole = kept.subarray(0, kept.length - halfCharacter(kept));
  return whole.toString('base64').replace(new RegExp(`.{${LINE}}(?=.)`, 'g'), '$&\n');
}

/** Bytes that `room` characters of base64 hold, line ends (CRLF) among them. */
function bytesIn(room: number): number {
  const line = LINE + 2;
  return Math.floor(room / line) * LINE_BYTES + Math.floor((room % line) / 4) * 3;
}

function cutPlain(text: string): string {
  return text.slice(0, text.length - halfCharacter(Buffer.from(text.slice(-4), 'latin1')));
}

/** An octet, a soft line break, or a character that stands for itself (RFC 2045 6.7). */
const TOKEN = /=([0-9a-f]{2})|=[ \t]*\n|([\s\S])/gi;

function cutQuotedPrintable(text: string): string {
  const whole = text.replace(/=(?:[0-9a-f]|[ \t]*)$/i, '');
  // A line begins with a token; its last 4 octets are enough to see half a character.
  const from = whole.lastIndexOf('\n', whole.length - 5 * LINE) + 1;
  const octets = [...whole.slice(from).matchAll(TOKEN)].flatMap(({ 1: hex, 2: itself, index }) => {
    if (hex === undefined && itself === undefined) return [];
    return [
      { index: from + index, value: hex ? Number.parseInt(hex, 16) : (itself as string).charCodeAt(0) },
    ];
  });
  const half = halfCharacter(Buffer.from(octets.slice(-4).map(({ value }) => value)));
  return half === 0 ? whole : whole.slice(0, octets[octets.length - half]?.index);
}

/** How many bytes at the end begin a UTF-8 sequence that does not end there (RFC 3629 3). */
function halfCharacter(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}
