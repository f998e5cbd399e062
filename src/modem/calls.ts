import { asError } from '../base/errors.ts';
import { callerNumber, type ListedCall, listCalls } from './call-list.ts';
import type { ModemContext } from './context.ts';
import { fieldsOf } from './info-line.ts';
import type { Call } from './modem.ts';

/** How long +CLIP may come after RING before +CLCC is asked. */
const CLIP_WAIT_MS = 1500;
/** RING comes every 5 or 6 seconds; after more silence than that the call may be over. */
const SILENCE_MS = 8000;
const RING_LINES = ['RING', '+CRING: VOICE', '+CRING: ASYNC'];
const END_LINES = ['NO CARRIER', 'VOICE CALL: END', 'MISSED_CALL', 'NO ANSWER'];

interface Ringing {
  readonly over: AbortController;
  announced: boolean;
  /** When the last RING or +CLIP came, monotonic milliseconds. */
  heardAt: number;
}

/**
 * Makes one `Call` of each ringing: RING, +CRING and +CLIP come in any order, repeated, or in part. The call is
 * announced with its number, or without one when neither +CLIP nor +CLCC tells it; not at all when it is over by then.
 */
export class CallWatch {
  readonly #context: ModemContext;
  readonly #announce: (call: Call) => void;
  #ringing: Ringing | undefined;

  constructor(context: ModemContext, announce: (call: Call) => void) {
    this.#context = context;
    this.#announce = announce;
  }

  get ringing(): boolean {
    return this.#ringing !== undefined;
  }

  /** Every URC of the modem. */
  onUrc(line: string): void {
    if (line === 'RING' || line.startsWith('+CRING:')) this.#onRing(line);
    else if (line.startsWith('+CLIP:')) this.#onClip(line);
    else if (END_LINES.some((end) => line.startsWith(end))) this.end();
  }

  /** The call is over: the next RING is another one. */
  end(): void {
    this.#ringing?.over.abort();
    this.#ringing = undefined;
  }

  #onRing(line: string): void {
    if (!RING_LINES.includes(line)) {
      this.#context.log.info({ line }, 'a call that is no voice call is left alone');
      return;
    }
    this.#heard();
  }

  #onClip(line: string): void {
    const ringing = this.#heard();
    const [number, type] = fieldsOf(line);
    // An empty number is withheld; no field at all is a line that was cut off.
    if (number !== undefined) this.#tell(ringing, callerNumber(number, type));
  }

  #heard(): Ringing {
    const heardAt = this.#context.clock.monotonic();
    if (this.#ringing) {
      this.#ringing.heardAt = heardAt;
      return this.#ringing;
    }
    const ringing = { over: new AbortController(), announced: false, heardAt };
    this.#ringing = ringing;
    this.#follow(ringing).catch((error: unknown) => this.#lost(ringing, error));
    return ringing;
  }

  #tell(ringing: Ringing, from: string | undefined): void {
    if (ringing.announced || ringing.over.signal.aborted) return;
    ringing.announced = true;
    this.#context.log.info({ from }, 'a call is ringing');
    this.#announce({ kind: 'call', from });
  }

  async #follow(ringing: Ringing): Promise<void> {
    const { clock } = this.#context;
    const { signal } = ringing.over;
    await clock.sleep(CLIP_WAIT_MS, signal);
    if (!ringing.announced) {
      const calls = await listCalls(this.#context, signal);
      const call = calls?.find(isIncoming);
      if (calls && !call) return this.#endIf(ringing);
      this.#tell(ringing, call?.number);
    }
    while (!signal.aborted) {
      const quiet = clock.monotonic() - ringing.heardAt;
      if (quiet < SILENCE_MS) await clock.sleep(SILENCE_MS - quiet, signal);
      else if (await this.#stillListed(signal)) ringing.heardAt = clock.monotonic();
      else this.#endIf(ringing);
    }
  }

  async #stillListed(signal: AbortSignal): Promise<boolean> {
    const calls = await listCalls(this.#context, signal);
    return calls?.some(isIncoming) ?? false;
  }

  /** The modem could not be asked: without an answer the call is told as it is, and taken as over. */
  #lost(ringing: Ringing, error: unknown): void {
    if (ringing.over.signal.aborted) return;
    this.#context.log.debug({ reason: asError(error).message }, 'the state of a call cannot be asked');
    this.#tell(ringing, undefined);
    this.#endIf(ringing);
  }

  #endIf(ringing: Ringing): void {
    if (this.#ringing === ringing) this.end();
  }
}

function isIncoming({ incoming, voice }: ListedCall): boolean {
  return incoming && voice;
}
