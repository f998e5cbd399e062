import type { Log } from '../../base/log.ts';
import { Mutex } from '../../base/mutex.ts';
import type { Modem } from '../../modem/modem.ts';
import type { SmsGateway } from './gateway.ts';

export interface ModemGatewayOptions {
  /** Default `modem`. */
  readonly name?: string | undefined;
  /** How long to let a number ring, milliseconds. Default 15 000. */
  readonly ringMs?: number | undefined;
  readonly log: Log;
}

const RING_MS = 15_000;

/** The message server's own modem. One text or call at a time; the modem stays the caller's to dispose. */
export function modemGateway(modem: Modem, options: ModemGatewayOptions): SmsGateway {
  const turn = new Mutex();
  return {
    name: options.name ?? 'modem',
    sendSms: (number, text, signal) =>
      turn.run(async () => {
        signal.throwIfAborted();
        await modem.sendSms(number, text, signal);
      }),
    ring: (number, signal) =>
      turn.run(async () => {
        signal.throwIfAborted();
        const outcome = await modem.ring(number, options.ringMs ?? RING_MS, signal);
        if (outcome === 'answered') {
          options.log.warn(
            { number },
            'A call that should only ring was answered, perhaps by voicemail: it costs money',
          );
        }
        return outcome;
      }),
  };
}
