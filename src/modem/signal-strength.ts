import type { ModemContext } from './context.ts';
import { fieldsOf, numberOf } from './info-line.ts';
import { isRefusal } from './initialise.ts';

const UNKNOWN_RSSI = 99;

/** Received signal strength in dBm by +CSQ, or by +CESQ where that does not know; undefined: not known. */
export async function readSignalStrength(
  context: ModemContext,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const [rssi] = await ask(context, 'AT+CSQ', signal);
  return fromCsq(rssi) ?? fromCesq(await ask(context, 'AT+CESQ', signal));
}

/** 3GPP TS 27.007 8.5: steps of 2 dB from -113 dBm; from 100 on, some modems tell RSCP in steps of 1 dB. */
function fromCsq(rssi: number | undefined): number | undefined {
  if (rssi === undefined || rssi < 0 || rssi === UNKNOWN_RSSI) return undefined;
  if (rssi <= 31) return -113 + 2 * rssi;
  return rssi >= 100 && rssi <= 191 ? rssi - 216 : undefined;
}

/** 3GPP TS 27.007 8.69: rxlev (GSM), rscp (UMTS), rsrp (LTE), of which the network in use fills one. */
function fromCesq(fields: readonly (number | undefined)[]): number | undefined {
  const [rxlev, , rscp, , , rsrp] = fields;
  if (rxlev !== undefined && rxlev <= 63) return -111 + rxlev;
  if (rscp !== undefined && rscp <= 96) return -121 + rscp;
  if (rsrp !== undefined && rsrp <= 97) return -141 + rsrp;
  return undefined;
}

async function ask(
  { channel }: ModemContext,
  command: string,
  signal?: AbortSignal,
): Promise<(number | undefined)[]> {
  const reply = await channel.command(command, { signal }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
  return fieldsOf(reply?.lines[0] ?? '').map(numberOf);
}
