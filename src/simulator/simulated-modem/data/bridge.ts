import type { Duplex } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
import { settlable } from '../../../base/settlable.ts';
import type { Air } from '../../network/air.ts';
import type { ByteInput } from '../input.ts';

/** How a data phase came to its end. */
export type BridgeEnd = 'escaped' | 'carrier-lost';

export interface BridgeParts {
  readonly input: ByteInput;
  readonly carrier: Duplex;
  readonly air: Air;
  /** Writes bytes to the terminal; resolves when it takes more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly clock: Clock;
  /** Silence before and after `+++`, milliseconds (V.250 S12). */
  readonly guardMs: number;
  /** The modem was reset or switched off. */
  readonly life: AbortSignal;
}

/** What crosses the air at once. */
const PACKET_BYTES = 1500;
const PLUS = 0x2b;
const ESCAPE_LENGTH = 3;

/** Carries bytes between terminal and carrier until one of them ends it. */
export async function bridge(parts: BridgeParts): Promise<BridgeEnd> {
  const { carrier, life } = parts;
  const ended = settlable<BridgeEnd>();
  const lost = () => ended.resolve('carrier-lost');
  const stop = new AbortController();
  const onData = (bytes: Buffer) => void down(parts, bytes, stop.signal);
  carrier.on('data', onData);
  carrier.resume();
  for (const event of ['end', 'close', 'error']) carrier.once(event, lost);
  life.addEventListener('abort', lost, { once: true });
  if (carrier.destroyed || life.aborted) lost();
  // The terminal's input ends only with the modem.
  void up(parts, ended.promise).then((escaped) => escaped && ended.resolve('escaped'), lost);
  const end = await ended.promise;
  stop.abort();
  carrier.off('data', onData);
  carrier.pause();
  for (const event of ['end', 'close', 'error']) carrier.off(event, lost);
  life.removeEventListener('abort', lost);
  return end;
}

async function down({ air, carrier, write }: BridgeParts, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const copy = Uint8Array.from(bytes);
  carrier.pause();
  try {
    for (let at = 0; at < copy.length && !signal.aborted; at += PACKET_BYTES) {
      const packet = copy.subarray(at, at + PACKET_BYTES);
      await air.down.cross(packet.length, signal);
      await write(packet);
    }
    carrier.resume();
  } catch {
    // The call is over, and these bytes with it.
  }
}

/** Resolves with true at an escape, with false when the phase ended otherwise. */
async function up(parts: BridgeParts, ended: Promise<BridgeEnd>): Promise<boolean> {
  const { input, carrier, clock, guardMs } = parts;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  let heardAt = clock.monotonic();
  let pluses = 0;
  for (;;) {
    await Promise.race([input.available(), ended]);
    if (over) return false;
    const silent = clock.monotonic() - heardAt >= guardMs;
    const bytes = await input.take();
    heardAt = clock.monotonic();
    const held = pluses;
    pluses = escapeLength(bytes, held, silent);
    if (pluses === 0) await send(parts, Buffer.concat([Buffer.alloc(held, PLUS), bytes]));
    if (pluses < ESCAPE_LENGTH) continue;
    if (await staysSilent(input, clock, guardMs, ended)) return !carrier.destroyed;
    pluses = 0;
    await send(parts, Buffer.alloc(ESCAPE_LENGTH, PLUS));
  }
}

/** How many `+` of an escape have come: it begins after silence and holds nothing else. */
function escapeLength(bytes: Uint8Array, held: number, silent: boolean): number {
  if (held === 0 && !silent) return 0;
  const length = held + bytes.length;
  return length <= ESCAPE_LENGTH && bytes.every((byte) => byte === PLUS) ? length : 0;
}

async function staysSilent(
  input: ByteInput,
  clock: Clock,
  guardMs: number,
  ended: Promise<unknown>,
): Promise<boolean> {
  const timer = new AbortController();
  const silence = clock.sleep(guardMs, timer.signal).then(
    () => true,
    () => false,
  );
  const noise = Promise.race([input.available(), ended]).then(() => false);
  const silent = await Promise.race([silence, noise]);
  timer.abort();
  return silent;
}

async function send({ air, carrier, life }: BridgeParts, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return;
  try {
    await air.up.cross(bytes.length, life);
  } catch {
    return;
  }
  if (carrier.writable) carrier.write(bytes);
}
