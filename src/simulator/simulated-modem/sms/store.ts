import { cmsError } from '../refusal.ts';

/** Status of a stored message (3GPP TS 27.005 3.1): received unread, received read, stored unsent, stored sent. */
export type SmsStatus = 0 | 1 | 2 | 3;

export const STATUS_TEXTS = ['REC UNREAD', 'REC READ', 'STO UNSENT', 'STO SENT'] as const;

export interface StoredSms {
  status: SmsStatus;
  /** The address of the service centre as octets, its length first; `00` for none. */
  readonly serviceCentre: Uint8Array;
  readonly tpdu: Uint8Array;
}

/** `MT` is both, one after the other. */
export type MemoryName = 'SM' | 'ME' | 'MT';

export function isMemory(name: string): name is MemoryName {
  return name === 'SM' || name === 'ME' || name === 'MT';
}

/** The message store on the SIM and in the modem. Survives a reset. Slot numbers are those of AT commands. */
export class SmsStore {
  readonly #slots: { readonly SM: (StoredSms | undefined)[]; readonly ME: (StoredSms | undefined)[] };
  readonly #first: number;
  readonly #isFull: () => boolean;

  constructor(slots: { readonly SM: number; readonly ME: number }, first: number, isFull: () => boolean) {
    this.#slots = { SM: new Array(slots.SM).fill(undefined), ME: new Array(slots.ME).fill(undefined) };
    this.#first = first;
    this.#isFull = isFull;
  }

  capacity(memory: MemoryName): number {
    return memory === 'MT' ? this.capacity('ME') + this.capacity('SM') : this.#slots[memory].length;
  }

  used(memory: MemoryName): number {
    return this.#isFull() ? this.capacity(memory) : this.all(memory).length;
  }

  /** The lowest and highest slot number. */
  range(memory: MemoryName): string {
    return `${this.#first}-${this.#first + this.capacity(memory) - 1}`;
  }

  /** Messages with their slot numbers. */
  all(memory: MemoryName): { readonly index: number; readonly sms: StoredSms }[] {
    const slots = memory === 'MT' ? [...this.#slots.ME, ...this.#slots.SM] : this.#slots[memory];
    return slots.flatMap((sms, at) => (sms ? [{ index: at + this.#first, sms }] : []));
  }

  /** Throws +CMS ERROR 321 for a slot that is empty or is none. */
  get(memory: MemoryName, index: number): StoredSms {
    const [slots, at] = this.#locate(memory, index);
    const found = slots[at];
    if (!found) throw cmsError(321);
    return found;
  }

  /** The slot number, or undefined when there is no room. */
  add(memory: MemoryName, sms: StoredSms): number | undefined {
    if (this.#isFull()) return undefined;
    for (let index = this.#first; index < this.#first + this.capacity(memory); index += 1) {
      const [slots, at] = this.#locate(memory, index);
      if (slots[at]) continue;
      slots[at] = sms;
      return index;
    }
    return undefined;
  }

  /** Empties a slot; an empty one is fine, a slot that is none gives +CMS ERROR 321. */
  remove(memory: MemoryName, index: number): void {
    const [slots, at] = this.#locate(memory, index);
    slots[at] = undefined;
  }

  #locate(memory: MemoryName, index: number): [(StoredSms | undefined)[], number] {
    const at = index - this.#first;
    if (at < 0 || at >= this.capacity(memory)) throw cmsError(321);
    if (memory !== 'MT') return [this.#slots[memory], at];
    const inModem = this.#slots.ME.length;
    return at < inModem ? [this.#slots.ME, at] : [this.#slots.SM, at - inModem];
  }
}
