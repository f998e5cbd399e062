import type { ModemContext } from './context.ts';
import { isRefusal } from './initialise.ts';

const QUARTER_HOUR_MS = 15 * 60_000;
/** A modem that was told nothing counts from 1970, 1980 or 2004. */
const EARLIEST_YEAR = 2024;
const LATEST_YEAR = 2069;

/**
 * The modem's clock (+CCLK), which the network sets (+CTZU), milliseconds since 1970; undefined when it was not
 * set, or does not tell its zone.
 */
export async function readNetworkTime(
  { channel }: ModemContext,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const reply = await channel.command('AT+CCLK?', { signal }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
  return parseClock(reply?.lines[0] ?? '');
}

/** `+CCLK: "26/01/02,03:04:05+08"`: local time and its distance from GMT in quarters of an hour. */
export function parseClock(line: string): number | undefined {
  const match = /"(\d\d)\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d)"/.exec(line);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0] = match
    .slice(1)
    .map(Number);
  const whole = 2000 + year;
  if (whole < EARLIEST_YEAR || whole > LATEST_YEAR || month < 1 || month > 12 || day < 1 || day > 31) {
    return undefined;
  }
  return Date.UTC(whole, month - 1, day, hour, minute, second) - zone * QUARTER_HOUR_MS;
}
