import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { asError, codeOf, isOfSystem } from '../../base/errors.ts';
import { MailError } from '../errors.ts';

export type KeyShare = 'X25519' | 'P-256';

export interface TlsOptions {
  readonly host: string;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Name to verify, default `host`. */
  readonly servername?: string | undefined;
  /** Session of an earlier connection to the same server. */
  readonly ticket?: Buffer | undefined;
  /**
   * What the ClientHello guesses. X25519 is 59 bytes smaller down; a server that does not take it (Cyrus as installed)
   * asks again, which costs a round trip.
   */
  readonly keyShare?: KeyShare | undefined;
  /** Called with each session that the server offers for later. */
  readonly onTicket: (ticket: Buffer) => void;
  readonly clock: Clock;
  /** A clock before this instant (milliseconds since 1970) is known to be wrong. */
  readonly clockFloor?: number | undefined;
}

/** Few choices make a small ClientHello. The last four are for servers that stop at TLS 1.2. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');
const SIGNATURES = [
  'ecdsa_secp256r1_sha256',
  'rsa_pss_rsae_sha256',
  'rsa_pkcs1_sha256',
  'ecdsa_secp384r1_sha384',
  'rsa_pss_rsae_sha384',
  'rsa_pkcs1_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha512',
  'ed25519',
].join(':');

/**
 * Begins TLS over any stream and resolves when the server is verified; disposing is destroying `stream`.
 * Rejects with MailError: `tls-refused` (certificate, protocol; temporary only when our clock is known to be
 * wrong), `session-lost` when the connection ended before.
 */
export function startTls(stream: Duplex, options: TlsOptions): Promise<TLSSocket> {
  const socket = connect({
    ...tlsChoices(options),
    socket: stream,
    host: options.host,
    ...(options.ticket ? { session: options.ticket } : {}),
  });
  socket.on('session', options.onTicket);
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', (error) => reject(tlsError(error, options)));
    socket.once('close', () => reject(lost(options)));
    // Errors after this promise settled reach the reader of the stream; without a listener they would end the process.
    socket.on('error', () => {});
  });
}

/** Whom to trust, which name to verify, and what the ClientHello offers; a library that begins TLS itself takes it. */
export function tlsChoices(
  options: Pick<TlsOptions, 'host' | 'ca' | 'servername' | 'keyShare'>,
): ConnectionOptions {
  const name = options.servername ?? options.host;
  return {
    ...(isIP(name) ? {} : { servername: name }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    ecdhCurve: options.keyShare === 'P-256' ? 'P-256:X25519:P-384' : 'X25519:P-256:P-384',
    sigalgs: SIGNATURES,
  };
}

const CLOCK_CODES = ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED', 'CRL_NOT_YET_VALID', 'CRL_HAS_EXPIRED'];

type Judged = Pick<TlsOptions, 'host' | 'servername' | 'clock' | 'clockFloor'>;

/** What a failed set-up of TLS is: `tls-refused`, or `session-lost` when `code` is no word of TLS's own. */
export function tlsError(
  thrown: unknown,
  options: Judged,
  code: string = codeOf(thrown) ?? 'unknown',
): MailError {
  if (!refusedByTls(thrown, code)) return lost(options, thrown);
  const where = `TLS to ${options.servername ?? options.host}`;
  const fields = { host: options.host, tls: code };
  if (CLOCK_CODES.includes(code) && clockIsWrong(options)) {
    const shown = new Date(options.clock.now()).toISOString();
    const floor = new Date(options.clockFloor ?? 0).toISOString();
    return new MailError(
      `${where}: the certificate cannot be judged (${code}): the clock of this machine says ${shown}, but it is later than ${floor}. Set the clock.`,
      { code: 'tls-refused', temporary: true, fields: { ...fields, clockWrong: true }, cause: thrown },
    );
  }
  return new MailError(`${where}: ${asError(thrown).message} (${code})`, {
    code: 'tls-refused',
    fields,
    cause: thrown,
  });
}

function lost({ host }: Judged, cause?: unknown): MailError {
  const message = `the connection to ${host} ended while TLS was being set up`;
  return new MailError(message, { code: 'session-lost', temporary: true, fields: { host }, cause });
}

function clockIsWrong({ clock, clockFloor }: Judged): boolean {
  return clockFloor !== undefined && clock.now() < clockFloor;
}

/** Verification failures have OpenSSL's X509 names, the handshake's have ERR_SSL_ or ERR_TLS_; all else is the network. */
function refusedByTls(thrown: unknown, code: string): boolean {
  if (code === 'EPROTO' || /^ERR_(SSL|TLS|OSSL)_/.test(code)) return true;
  const X509 =
    /^(CERT|CRL|UNABLE|DEPTH|SELF_SIGNED|ERROR_IN|INVALID|PATH|HOSTNAME|OUT_OF_MEM)_|_(PURPOSE|CHAIN)$/;
  return X509.test(code) && !isOfSystem(thrown);
}
