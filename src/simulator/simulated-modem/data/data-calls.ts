import type { Duplex } from 'node:stream';
import type { Carrier } from '../../carrier.ts';
import type { Answer, Behaviour } from '../behaviour.ts';
import type { Command } from '../command.ts';
import type { ModemContext } from '../context.ts';
import type { Radio } from '../general/radio.ts';
import { finalResult, plainError } from '../refusal.ts';
import { type BridgeEnd, bridge } from './bridge.ts';
import type { PdpContexts } from './contexts.ts';

/** `*99#`, `*99***1#`, `*99*…*PPP*1#` (3GPP TS 27.007 10.2.1.1). */
const PACKET_CALL = /^[TP]?\*99(?:\*[^#*]*\*[^#*]*(?:\*(\d+))?)?#$/i;
const ESCAPE_REGISTER = 12;
/** Unit of S12: 1/50 s. */
const ESCAPE_UNIT_MS = 20;
const DEFAULT_ESCAPE = 50;

export interface DataCallParts {
  readonly context: ModemContext;
  readonly radio: Radio;
  readonly contexts: PdpContexts;
  /** Absent: this network takes no data calls. */
  readonly carrier: Carrier | undefined;
}

/** The data call of one modem: at most one, connected or left with `+++`. */
export class DataCalls {
  readonly #parts: DataCallParts;
  #call: Duplex | undefined;

  constructor(parts: DataCallParts) {
    this.#parts = parts;
  }

  /** Whether a call is up, connected or left. */
  get up(): boolean {
    return this.#call !== undefined && !this.#call.destroyed;
  }

  /** Dials; comes back when the call is over or was left. */
  async dial(contextId: number, answer: Answer): Promise<void> {
    const { context, radio, contexts, carrier } = this.#parts;
    const found = contexts.all.get(contextId);
    if (!found || !carrier || !radio.registered || this.#call) throw finalResult('NO CARRIER');
    this.#call = carrier({ number: context.number, contextId, apn: found.apn });
    found.active = true;
    await this.#connect(answer);
  }

  /** Back to a call that was left. */
  async resume(answer: Answer): Promise<void> {
    if (!this.#call || this.#call.destroyed) throw finalResult('NO CARRIER');
    await this.#connect(answer);
  }

  /** Ends the call; the carrier sees its end. */
  drop(): void {
    this.#call?.destroy();
    this.#call = undefined;
  }

  async #connect(answer: Answer): Promise<void> {
    const { context } = this.#parts;
    const call = this.#call;
    if (!call) return;
    answer.serial.result('CONNECT 115200');
    const life = context.life();
    const online = () => this.#carry(call, answer, life);
    const end = context.personality.keepsUrcsInData ? await online() : await answer.deaf(online);
    if (end === 'escaped') return;
    this.drop();
    if (life.aborted) answer.withoutFinal();
    else throw finalResult('NO CARRIER');
  }

  #carry(carrier: Duplex, { input, serial }: Answer, life: AbortSignal): Promise<BridgeEnd> {
    const { context } = this.#parts;
    const guard = serial.registers.get(ESCAPE_REGISTER) ?? DEFAULT_ESCAPE;
    const guardMs = context.personality.ignoresEscape ? Number.POSITIVE_INFINITY : guard * ESCAPE_UNIT_MS;
    const write = (bytes: Uint8Array) => {
      serial.raw(bytes);
      return serial.room();
    };
    const { clock, attachment } = context;
    return bridge({
      input,
      carrier,
      air: attachment.air,
      write,
      clock,
      guardMs,
      life,
    });
  }
}

/** Dialling into the packet network; what else begins with D is a voice call's. */
export function dataCallBehaviour(calls: DataCalls, voice: Behaviour): Behaviour {
  const otherwise = (name: string) => (command: Command, answer: Answer) => {
    const handler = voice.handlers[name];
    if (!handler) throw plainError();
    return handler(command, answer);
  };
  return {
    reset: () => calls.drop(),
    handlers: {
      D: (command, answer) => {
        const match = PACKET_CALL.exec(command.text);
        return match ? calls.dial(Number(match[1] ?? 1), answer) : otherwise('D')(command, answer);
      },
      O: (_, answer) => calls.resume(answer),
      '+CGDATA': (command, answer) => {
        if (command.form === 'test') return answer.line('+CGDATA: ("PPP")');
        return calls.dial(Number(command.values[1] ?? 1), answer);
      },
      H: (command, answer) => {
        calls.drop();
        return otherwise('H')(command, answer);
      },
    },
  };
}
