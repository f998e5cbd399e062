import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

let deliveries = 0;

/**
 * A name that no other delivery has: `seconds.M<µs>P<pid>Q<count>R<random>.host` (Maildir specification).
 * The random part is there because a Pi without a clock battery may live through the same second twice.
 */
export function uniqueName(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const microseconds = Math.floor((nowMs % 1000) * 1000) + (Number(process.hrtime.bigint() / 1000n) % 1000);
  deliveries += 1;
  const random = randomBytes(4).toString('hex');
  return `${seconds}.M${microseconds}P${process.pid}Q${deliveries}R${random}.${safeHost(hostname())}`;
}

/** `/` and `:` become octal as the specification says, `,` too because it starts our fields. */
export function safeHost(host: string): string {
  const safe = host.replace(/[^A-Za-z0-9._-]/g, (sign) => `\\${octal(sign)}`);
  return safe.slice(0, 64) || 'localhost';
}

/** When the delivery of this name began, milliseconds since 1970; undefined for other programs' schemes. */
export function beganAt(name: string): number | undefined {
  const seconds = /^(\d{1,12})\./.exec(name)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function octal(sign: string): string {
  return (sign.charCodeAt(0) & 0xff).toString(8).padStart(3, '0');
}
