/**
 * A dot alone on its line, where one of the line ends is a bare LF or a bare CR: `LF.LF`, `LF.CRLF`, `CRLF.LF`, `CR.CR` and so on.
 * Here only CRLF.CRLF ends a message (RFC 5321 4.1.1.4); a server that takes one of the others for it would read
 * the rest of the message as commands of ours ("SMTP smuggling": CVE-2023-51764, 51765 and 51766).
 */
const LOOSE = /(?:[^\r]\n|\r)\.[\r\n]|\r\n\.(?:\n|\r[^\n])/;

/** Looks for one in the bytes of DATA, its stuffed dots removed, however they are cut into chunks. */
export class LooseDots {
  found = false;
  /** What comes first begins a line. */
  #tail = '\r\n';

  add(chunk: Uint8Array): void {
    const text = this.#tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    this.found ||= LOOSE.test(text);
    this.#tail = text.slice(-4);
  }
}
