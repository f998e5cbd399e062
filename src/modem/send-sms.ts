import { randomInt } from 'node:crypto';
import { asError } from '../base/errors.ts';
import { redactNumber } from '../base/redact.ts';
import type { ModemContext } from './context.ts';
import { ModemError } from './errors.ts';
import { fieldsOf, numberOf } from './info-line.ts';
import { isRefusal } from './initialise.ts';
import { encodeSubmit, type SubmitPdu } from './sms/submit.ts';

/** The network may take this long to accept one (3GPP TS 27.005 leaves it open; SIMCom's manuals say 60 s). */
const SEND_TIMEOUT_MS = 60_000;
const CONTROL_Z = '\x1a';

/** Sends texts one after another, long ones in parts that are joined by a reference of their own. */
export class SmsSender {
  readonly #context: ModemContext;
  #reference = randomInt(256);

  constructor(context: ModemContext) {
    this.#context = context;
  }

  /**
   * Resolves with the message references once the network took all parts. Rejects with ModemError
   * `sms-refused`, `temporary` by its cause, or `bad-number`, `too-long` before anything is sent.
   */
  async send(to: string, text: string, signal?: AbortSignal): Promise<number[]> {
    this.#reference = (this.#reference + 1) % 256;
    const parts = encodeSubmit({ to, content: { text }, reference: this.#reference });
    if (parts.length > 1) await this.#keepLinkOpen(signal);
    const references: number[] = [];
    for (const [at, part] of parts.entries()) {
      const what = `SMS to ${redactNumber(to)}${parts.length > 1 ? `, part ${at + 1} of ${parts.length}` : ''}`;
      references.push(await this.#sendPart(what, part, signal));
    }
    return references;
  }

  /** +CMMS=1 keeps the radio link between parts; not every modem has it. */
  async #keepLinkOpen(signal?: AbortSignal): Promise<void> {
    await this.#context.channel.command('AT+CMMS=1', { signal }).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
  }

  async #sendPart(what: string, { hex, length }: SubmitPdu, signal?: AbortSignal): Promise<number> {
    const prompt = Buffer.from(hex + CONTROL_Z, 'latin1');
    const options = { prompt, timeout: SEND_TIMEOUT_MS, signal };
    const reply = await this.#context.channel
      .command(`AT+CMGS=${length}`, options)
      .catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw refused(what, cause);
      });
    return numberOf(fieldsOf(reply.lines[0] ?? '')[0]) ?? 0;
  }
}

function refused(what: string, cause: unknown): unknown {
  if (!(cause instanceof ModemError)) return cause;
  const message = `${what}: ${asError(cause).message}`;
  const { temporary, fields } = cause;
  return new ModemError(message, { code: 'sms-refused', temporary, fields: { ...fields }, cause });
}
