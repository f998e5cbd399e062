import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Clock } from '../../../base/clock.ts';
import { withDeadline } from '../../../base/deadline.ts';
import { codeOf, DeadlineError } from '../../../base/errors.ts';
import { GatewayError } from '../errors.ts';
import type { HttpRequest } from './request.ts';

export interface HttpReply {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
  /** Where a redirection points to. */
  readonly location: string | undefined;
}

export interface ExchangeOptions {
  /** PEM of the authority to trust instead of the system's. */
  readonly ca?: string | undefined;
  readonly clock: Clock;
  /** From the start of the connection to the end of the reply, milliseconds. */
  readonly deadlineMs: number;
}

/** What happened so far: before `ready`, nothing of the request can have left. */
interface Progress {
  connected: boolean;
  ready: boolean;
}

/** A provider's answer has a few hundred bytes. */
const LARGEST_REPLY = 65_536;
const LARGEST_HEADER = 16_384;
/** What a lost network says. Anything else between TCP's connection and the end of the handshake is TLS's own. */
const NETWORK_CODES = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED'];

/**
 * Sends the request over a connection of its own and reads the reply. No redirection is followed: that would hand the
 * credentials on. Rejects with GatewayError: `unreachable`, `bad-tls`, `broken`, `too-long`, `deadline`; or with the
 * signal's reason. Nothing of the request is in an error: its URL and headers hold secrets.
 */
export async function exchange(
  request: HttpRequest,
  { ca, clock, deadlineMs }: ExchangeOptions,
  signal: AbortSignal,
): Promise<HttpReply> {
  const progress: Progress = { connected: false, ready: false };
  const { host } = request.url;
  const wait = { what: `HTTP request to ${host}`, ms: deadlineMs, signal };
  try {
    return await withDeadline(clock, wait, (over) => transfer(request, ca, progress, over));
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const message = `${host}: no answer within ${deadlineMs / 1000} s`;
    throw new GatewayError(message, { code: 'deadline', temporary: true, surely: !progress.ready });
  }
}

function transfer(
  { url, method, headers, body }: HttpRequest,
  ca: string | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<HttpReply> {
  const isTls = url.protocol === 'https:';
  const length = method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body ?? '') };
  return new Promise((resolve, reject) => {
    const fail = (error?: unknown) => reject(failureOf(error, url.host, progress));
    const request = (isTls ? requestTls : requestPlain)(url, {
      method,
      signal,
      agent: false,
      maxHeaderSize: LARGEST_HEADER,
      headers: { ...headers, ...length },
      ...(ca === undefined ? {} : { ca }),
    });
    request.once('socket', (socket) => {
      socket.once('connect', () => {
        progress.connected = true;
      });
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        progress.ready = true;
      });
    });
    request.on('error', fail);
    request.once('close', fail);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        chunks.push(chunk);
        if (read > LARGEST_REPLY) request.destroy(tooLong(url.host));
      });
      response.on('error', fail);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
          retryAfter: response.headers['retry-after'],
          location: response.headers.location,
        }),
      );
    });
    request.end(body);
  });
}

/** The library's error is not kept as the cause: a parser's error carries the raw bytes. */
function failureOf(error: unknown, host: string, { connected, ready }: Progress): GatewayError {
  if (error instanceof GatewayError) return error;
  const reason = codeOf(error) ?? 'closed';
  const fields = { host, reason };
  if (ready) {
    const message = `${host}: the connection broke before the end of the answer (${reason})`;
    return new GatewayError(message, { code: 'broken', temporary: true, surely: false, fields });
  }
  if (connected && !NETWORK_CODES.includes(reason)) {
    const message = `${host}: its certificate or its TLS is not accepted (${reason})`;
    return new GatewayError(message, { code: 'bad-tls', surely: true, fields });
  }
  const message = `${host}: cannot be reached (${reason})`;
  return new GatewayError(message, { code: 'unreachable', temporary: true, surely: true, fields });
}

function tooLong(host: string): GatewayError {
  const message = `${host}: the answer is longer than ${LARGEST_REPLY} bytes`;
  return new GatewayError(message, { code: 'too-long', temporary: true, surely: false, fields: { host } });
}
