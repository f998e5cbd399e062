/** What the server says in its reply to EHLO that a message may depend on. */
export interface Offers {
  /** Largest message, bytes (RFC 1870); undefined: it names none. */
  readonly size: number | undefined;
  /** Addresses beyond ASCII (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** It wants to know who submits (RFC 4954). */
  readonly auth: boolean;
}

/** Reads the reply to EHLO, its lines as they came. */
export function offersIn(ehlo: string): Offers {
  const size = Number(/^250[ -]SIZE[ \t]+(\d{1,15})[ \t]*\r?$/im.exec(ehlo)?.[1] ?? 0);
  const has = (keyword: string) => new RegExp(`^250[ -]${keyword}\\b`, 'im').test(ehlo);
  // RFC 1870 4: zero means that no limit is named.
  return { size: size > 0 ? size : undefined, smtpUtf8: has('SMTPUTF8'), auth: has('AUTH') };
}
