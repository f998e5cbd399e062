import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { BusError } from './bus.ts';

/** TLS over the stream, always verified. */
export interface BusTls {
  /** Name to verify; default the host of the URL. */
  readonly servername?: string | undefined;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Session resumption: the last ticket, and where a new one goes. Saves about 1.7 kB of each handshake. */
  readonly session?: { load(): Buffer | undefined; save(ticket: Buffer): void } | undefined;
}

/** A raw stream to the broker, or a URL: `mqtt://host:1883`, `mqtts://host:8883`. */
export type OpenStream = () => Duplex | string;

/** Opens what MQTT is spoken over. Errors come as `error` events on the stream. */
export function openStream(open: OpenStream, tls: BusTls | undefined): Duplex {
  const opened = open();
  if (typeof opened !== 'string') return tls ? secure(opened, tls) : opened;
  const url = new URL(opened);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'mqtt:') {
    const raw = connectTcp({ host, port: Number(url.port || 1883) }).setNoDelay(true);
    return tls ? secure(raw, { servername: host, ...tls }) : raw;
  }
  if (url.protocol !== 'mqtts:') throw badUrl(opened);
  const raw = connectTcp({ host, port: Number(url.port || 8883) }).setNoDelay(true);
  return secure(raw, { ...tls, servername: tls?.servername ?? host });
}

function secure(raw: Duplex, tls: BusTls): Duplex {
  const session = tls.session?.load();
  const stream = connectTls({
    socket: raw,
    minVersion: 'TLSv1.2',
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(session === undefined ? {} : { session }),
  });
  stream.on('session', (ticket) => tls.session?.save(ticket));
  raw.on('error', (error) => stream.destroy(error));
  stream.on('close', () => raw.destroy());
  return stream;
}

function badUrl(url: string): BusError {
  return new BusError(`${url}: expected mqtt://host:port or mqtts://host:port`, {
    code: 'bus-refused',
    fields: { url },
  });
}
