import { later } from '../../later.ts';
import { encodeServiceCentre } from '../../tpdu/address.ts';
import { toHex } from '../../tpdu/reader.ts';
import { parseDeliver } from '../../tpdu/tpdu.ts';
import type { Behaviour } from '../behaviour.ts';
import { cmsError } from '../refusal.ts';
import type { SmsContext } from './context.ts';
import { bodyOf, deliveredHeader } from './format.ts';
import type { StoredSms } from './store.ts';

/** How long a message that was handed over directly may stay without +CNMA (3GPP TS 27.005 3.4.1). */
const ACKNOWLEDGE_MS = 15_000;
const HAND_OVER = 2;
/** Hands over class 3 only; everything else is as with 1. */
const HAND_OVER_CLASS_3 = 3;

/** Messages that arrive: stored and told with +CMTI, or handed over with +CMT, as +CNMI says. */
export class SmsArrivals {
  readonly #sms: SmsContext;
  /** Handed over, not yet acknowledged. */
  #pending: StoredSms | undefined;
  /** Lines that wait because +CNMI mode is 0. */
  #buffered: (readonly string[])[] = [];

  constructor(sms: SmsContext) {
    this.#sms = sms;
  }

  get behaviour(): Behaviour {
    return {
      reset: () => {
        this.#pending = undefined;
        this.#buffered = [];
      },
      handlers: {
        '+CNMA': (command) => {
          if (command.form === 'test') return;
          if (!this.#pending) throw cmsError(340);
          this.#pending = undefined;
        },
      },
    };
  }

  /** From the network. */
  deliver(tpdu: Uint8Array): 'taken' | 'full' {
    const { modem, settings } = this.#sms;
    const stored: StoredSms = {
      status: 0,
      serviceCentre: encodeServiceCentre(modem.attachment.network.serviceCentre),
      tpdu,
    };
    const [, mt] = settings.notify;
    const direct =
      mt === HAND_OVER ? messageClass(tpdu) !== 2 : mt === HAND_OVER_CLASS_3 && messageClass(tpdu) === 3;
    if (direct && !this.#pending) return this.#handOver(stored);
    return this.#store(stored, mt === 0 ? undefined : '+CMTI');
  }

  /** A status report, as the ds of +CNMI says. */
  report(tpdu: Uint8Array): void {
    const { modem, settings } = this.#sms;
    const serviceCentre = encodeServiceCentre(modem.attachment.network.serviceCentre);
    const [, , , ds] = settings.notify;
    const pdu = toHex(Uint8Array.from([...serviceCentre, ...tpdu]));
    if (ds === 1) this.#tell([`+CDS: ${tpdu.length}`, pdu]);
    if (ds === 2) this.#store({ status: 0, serviceCentre, tpdu }, '+CDSI');
  }

  /** After a change of +CNMI or the end of what held lines back. */
  flush(): void {
    if (this.#sms.settings.notify[0] === 0) return;
    for (const lines of this.#buffered.splice(0)) this.#sms.modem.urc(...lines);
  }

  #store(stored: StoredSms, urc: string | undefined): 'taken' | 'full' {
    const memory = this.#sms.settings.memories[2];
    const index = this.#sms.store.add(memory, stored);
    if (index === undefined) return 'full';
    if (urc) this.#tell([`${urc}: "${memory === 'MT' ? 'ME' : memory}",${index}`]);
    return 'taken';
  }

  #handOver(stored: StoredSms): 'taken' {
    const sms = this.#sms;
    if (sms.textMode) {
      this.#tell([
        `+CMT: ${deliveredHeader(sms, stored.tpdu, false)}`,
        bodyOf(sms, parseDeliver(stored.tpdu)),
      ]);
    } else {
      const pdu = toHex(Uint8Array.from([...stored.serviceCentre, ...stored.tpdu]));
      this.#tell([`+CMT: ,${stored.tpdu.length}`, pdu]);
    }
    if (sms.settings.service === 1) this.#awaitAcknowledgement(stored);
    return 'taken';
  }

  /** Without it the modem stops handing over and keeps the message itself. */
  #awaitAcknowledgement(stored: StoredSms): void {
    const { clock, life } = this.#sms.modem;
    this.#pending = stored;
    later(clock, ACKNOWLEDGE_MS, life(), () => {
      if (this.#pending !== stored) return;
      this.#pending = undefined;
      this.#sms.settings.notify[1] = 0;
      this.#sms.settings.notify[3] = 0;
      this.#store(stored, undefined);
    });
  }

  #tell(lines: readonly string[]): void {
    if (this.#sms.modem.faults.missingCmti) return;
    this.#buffered.push(lines);
    this.flush();
  }
}

/** The message class of TS 23.038 4, undefined for none: 2 belongs onto the SIM whatever +CNMI says. What cannot be read, too. */
function messageClass(tpdu: Uint8Array): number | undefined {
  try {
    const { dcs } = parseDeliver(tpdu);
    return (dcs & 0xf0) === 0xf0 || (dcs & 0xd0) === 0x10 ? dcs & 3 : undefined;
  } catch {
    return 2;
  }
}
