import type { ModemContext } from './context.ts';
import { fieldsOf, numberOf } from './info-line.ts';
import { isRefusal } from './initialise.ts';

/** One line of +CLCC (3GPP TS 27.007 7.18). */
export interface ListedCall {
  readonly id: number;
  readonly incoming: boolean;
  readonly state: 'active' | 'held' | 'dialing' | 'alerting' | 'incoming' | 'waiting';
  /** Data and fax are not. */
  readonly voice: boolean;
  readonly number: string | undefined;
}

const STATES = ['active', 'held', 'dialing', 'alerting', 'incoming', 'waiting'] as const;
const MODE_DATA = 1;
const MODE_FAX = 2;
/** Type of address: international number (3GPP TS 24.008 10.5.4.7). */
const INTERNATIONAL = 145;

/** The current calls, or undefined when the modem cannot list them. */
export async function listCalls(
  { channel }: ModemContext,
  signal?: AbortSignal,
): Promise<ListedCall[] | undefined> {
  const reply = await channel.command('AT+CLCC', { signal }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
  return reply?.lines.map(parseCall).filter((call) => call !== undefined);
}

/** `+CLCC: 1,1,4,0,0,"+4915112345678",145` */
export function parseCall(line: string): ListedCall | undefined {
  const [id, direction, stat, mode, , number, type] = fieldsOf(line);
  const state = STATES[numberOf(stat) ?? -1];
  const index = numberOf(id);
  if (index === undefined || state === undefined) return undefined;
  const kind = numberOf(mode) ?? 0;
  const voice = kind !== MODE_DATA && kind !== MODE_FAX;
  return { id: index, incoming: direction === '1', state, voice, number: callerNumber(number, type) };
}

/** A number as +CLIP and +CLCC tell it, with the + that some modems leave to the type; undefined: withheld. */
export function callerNumber(number: string | undefined, type: string | undefined): string | undefined {
  if (!number || !/^\+?[0-9*#]+$/.test(number)) return undefined;
  return numberOf(type) === INTERNATIONAL && !number.startsWith('+') ? `+${number}` : number;
}
