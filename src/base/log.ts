import pino from 'pino';
import { redactNumber } from './redact.ts';

/** A pino logger, handed in, a child per room. A sentence as message, data as fields. */
export type Log = pino.Logger;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

const SECRET_NAMES = ['password', 'pass', 'secret', 'pin', 'token', 'authorization', 'credentials'];
const NUMBER_NAMES = ['number', 'from', 'to', 'caller', 'smsc', 'imei', 'imsi', 'iccid'];

/**
 * Makes the root logger: JSON lines to `destination` (default standard error). Secrets and telephone
 * numbers are redacted here, two levels deep, whoever logs them.
 */
export function createLog(level: LogLevel, destination: pino.DestinationStream = pino.destination(2)): Log {
  const names = [...SECRET_NAMES, ...NUMBER_NAMES];
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: names.flatMap((name) => [name, `*.${name}`]), censor: censorField },
    },
    destination,
  );
}

/** Logs nothing. For tests and for commands whose output is the product. */
export const silentLog: Log = pino({ level: 'silent' });

function censorField(value: unknown, path: string[]): unknown {
  const name = path[path.length - 1] ?? '';
  if (SECRET_NAMES.includes(name)) return '[secret]';
  return typeof value === 'string' ? redactNumber(value) : value;
}
