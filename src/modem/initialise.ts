import { asError, codeOf } from '../base/errors.ts';
import type { ModemContext } from './context.ts';
import { ModemError } from './errors.ts';
import { rawFieldsOf } from './info-line.ts';
import type { ProfileEntry } from './profile.ts';

const ALIVE_TRIES = 6;
const ALIVE_TIMEOUT_MS = 1000;
const ALIVE_PAUSE_MS = 500;
const ENTRY_TIMEOUT_MS = 5000;

type Talker = Pick<ModemContext, 'channel' | 'clock' | 'log'>;

/** Asks with AT until the modem answers OK; rejects with ModemError `modem-silent` (temporary) after six tries, or when the channel gave up. */
export async function waitUntilAlive({ channel, clock, log }: Talker, signal?: AbortSignal): Promise<void> {
  let last: Error | undefined;
  for (let attempt = 1; attempt <= ALIVE_TRIES; attempt += 1) {
    try {
      await channel.command('AT', { timeout: ALIVE_TIMEOUT_MS, signal });
      return;
    } catch (error) {
      signal?.throwIfAborted();
      last = asError(error);
      // The channel tried harder than this before it gave up.
      if (codeOf(last.cause) === 'modem-silent') break;
      if (codeOf(last) === 'line-closed') throw error;
      log.debug({ attempt, reason: last.message }, 'the modem does not answer AT');
      await clock.sleep(ALIVE_PAUSE_MS, signal);
    }
  }
  const message = `AT on ${channel.path}: no OK; is the modem on, and the speed right?`;
  throw new ModemError(message, {
    code: 'modem-silent',
    temporary: true,
    fields: { path: channel.path },
    cause: last,
  });
}

/** Makes settings, in their order. A refused one that is not optional is thrown. */
export async function applyEntries(
  context: ModemContext,
  entries: readonly ProfileEntry[],
  signal?: AbortSignal,
): Promise<void> {
  for (const entry of entries) {
    try {
      await applyEntry(context, entry, signal);
    } catch (error) {
      if (!entry.optional || !isRefusal(error)) throw error;
      context.log.debug(
        { setting: entry.set, reason: asError(error).message },
        'the modem has no such setting',
      );
    }
  }
}

/** Defines PDP context 1 for this access point name, if it is not defined so. */
export async function setApn(context: ModemContext, apn: string, signal?: AbortSignal): Promise<void> {
  if (!/^[A-Za-z0-9.-]{1,100}$/.test(apn)) {
    throw new ModemError(`APN ${JSON.stringify(apn)}: expected up to 100 of A-Z, a-z, 0-9, - and .`, {
      code: 'bad-apn',
    });
  }
  const set = `AT+CGDCONT=1,"IP","${apn}"`;
  const query = { query: 'AT+CGDCONT?', expect: `+CGDCONT: 1,"IP","${apn}"` };
  await applyEntry(context, { set, ...query, optional: false }, signal);
}

/** Whether the modem answered and said no, in whatever words. */
export function isRefusal(error: unknown): boolean {
  return ['error', 'cme-error', 'cms-error'].includes(codeOf(error) ?? '');
}

/** Whether a setting stands as it should; undefined when the modem does not tell. */
export async function isSet(
  { channel }: ModemContext,
  entry: ProfileEntry,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  const { query, expect } = entry;
  if (query === undefined || expect === undefined) return undefined;
  const reply = await channel
    .command(query, { timeout: timeoutOf(entry), signal })
    .catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
  const wanted = [expect].flat();
  return reply?.lines.some((line) => wanted.some((one) => beginsWith(line, one)));
}

async function applyEntry(context: ModemContext, entry: ProfileEntry, signal?: AbortSignal): Promise<void> {
  if (await isSet(context, entry, signal)) return;
  await context.channel.command(entry.set, { timeout: timeoutOf(entry), signal });
}

function timeoutOf({ seconds }: ProfileEntry): number {
  return seconds === undefined ? ENTRY_TIMEOUT_MS : seconds * 1000;
}

/** Compares field by field, so that `+CLIP: 1` stands in `+CLIP:1,1` and not in `+CLIP: 10`. */
function beginsWith(line: string, expected: string): boolean {
  const [name, wanted] = [expected.split(':')[0], rawFieldsOf(expected)];
  const fields = rawFieldsOf(line);
  return line.split(':')[0] === name && wanted.every((field, at) => same(field, fields[at]));
}

function same(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}
