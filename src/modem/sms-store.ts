import { codeOf } from '../base/errors.ts';
import { Mutex } from '../base/mutex.ts';
import type { AtReply } from './at-channel.ts';
import type { ModemContext } from './context.ts';
import type { ModemError } from './errors.ts';
import { fieldsOf, numberOf } from './info-line.ts';
import { isRefusal } from './initialise.ts';
import { whileSimBusy } from './sim.ts';

/** Where a message lies: `SM`, 0. Index 0 is a valid one. */
export interface Place {
  readonly storage: string;
  readonly index: number;
}

/** A message in the store, not yet taken apart. */
export interface Stored extends Place {
  /** <stat>: 0 and 1 received, unread and read; 2 and 3 outgoing (3GPP TS 27.005 3.1). */
  readonly status: number;
  readonly pdu: string;
}

export interface Usage {
  readonly used: number;
  readonly total: number;
}

/** 3GPP TS 27.005 3.2.5: invalid memory index. */
const INVALID_INDEX = 321;
const READ_TIMEOUT_MS = 10_000;
const LIST_TIMEOUT_MS = 60_000;

/** The SMS storages of a modem (3GPP TS 27.005 3.2.2, 3.4, 3.5), PDU mode. */
export class SmsStore {
  readonly #context: ModemContext;
  readonly #turn = new Mutex();
  readonly #storages = new Set<string>();
  #selected: string | undefined;

  constructor(context: ModemContext) {
    this.#context = context;
  }

  /** Storages that hold, or held, received messages. */
  get storages(): readonly string[] {
    return [...this.#storages];
  }

  /** Selects the best storage of the profile for everything; the modem's own choice where it has none of them. */
  async open(signal?: AbortSignal): Promise<void> {
    const { channel, profile, log } = this.#context;
    this.#selected = undefined;
    for (const storage of profile.smsStorages) {
      const all = `"${storage}","${storage}","${storage}"`;
      const set = () => channel.command(`AT+CPMS=${all}`, { timeout: READ_TIMEOUT_MS, signal });
      const reply = await whileSimBusy(this.#context, signal, set).catch(undefinedIfRefused);
      if (!reply) continue;
      this.#storages.add(storage);
      this.#selected = storage;
      return;
    }
    const { lines } = await channel.command('AT+CPMS?', { signal });
    // "mem1",used,total,"mem2",used,total,"mem3",used,total: the third is where new ones arrive.
    const [first, , , , , , third] = fieldsOf(lines[0] ?? '');
    const storage = third ?? first ?? 'SM';
    log.warn(
      { storage, wanted: profile.smsStorages },
      'the modem keeps SMS where the profile does not expect it',
    );
    this.#storages.add(storage);
  }

  /** Reads one message; undefined when nothing lies there. */
  read(place: Place, signal?: AbortSignal): Promise<Stored | undefined> {
    return this.#in(place.storage, signal, async (command) => {
      const reply = await command(`AT+CMGR=${place.index}`, READ_TIMEOUT_MS).catch(undefinedIfNothingThere);
      const [header = '', pdu] = reply?.lines ?? [];
      if (pdu === undefined) return undefined;
      return { ...place, status: numberOf(fieldsOf(header)[0]) ?? 0, pdu };
    });
  }

  /** Reads all messages of a storage, incoming and outgoing. */
  list(storage: string, signal?: AbortSignal): Promise<Stored[]> {
    return this.#in(storage, signal, async (command) => {
      const { lines } = await command('AT+CMGL=4', LIST_TIMEOUT_MS);
      return lines.flatMap((line, at) => {
        const pdu = lines[at + 1];
        if (!line.startsWith('+CMGL:') || pdu === undefined || pdu.startsWith('+CMGL:')) return [];
        const [index, status] = fieldsOf(line).map(numberOf);
        return index === undefined ? [] : [{ storage, index, status: status ?? 0, pdu }];
      });
    });
  }

  /** Deletes one message; nothing there is as good. */
  remove(place: Place, signal?: AbortSignal): Promise<void> {
    return this.#in(place.storage, signal, async (command) => {
      await command(`AT+CMGD=${place.index}`, READ_TIMEOUT_MS).catch(undefinedIfNothingThere);
    });
  }

  /** How full a storage is; undefined when the modem does not tell. */
  usage(storage: string, signal?: AbortSignal): Promise<Usage | undefined> {
    return this.#in(storage, signal, async (command) => {
      const reply = await command('AT+CPMS?', READ_TIMEOUT_MS);
      const [name, used, total] = fieldsOf(reply.lines[0] ?? '');
      const numbers = { used: numberOf(used), total: numberOf(total) };
      if (name !== storage || numbers.used === undefined || !numbers.total) return undefined;
      return { used: numbers.used, total: numbers.total };
    });
  }

  /** Runs commands while `storage` is the selected one (mem1); where new messages arrive stays as it is. */
  #in<T>(
    storage: string,
    signal: AbortSignal | undefined,
    work: (command: (text: string, timeout: number) => Promise<AtReply>) => Promise<T>,
  ): Promise<T> {
    return this.#turn.run(async () => {
      const command = (text: string, timeout: number) =>
        whileSimBusy(this.#context, signal, () => this.#context.channel.command(text, { timeout, signal }));
      if (this.#selected !== storage) {
        this.#selected = undefined;
        await command(`AT+CPMS="${storage}"`, READ_TIMEOUT_MS);
        this.#selected = storage;
        this.#storages.add(storage);
      }
      return await work(command);
    });
  }
}

function undefinedIfRefused(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
}

function undefinedIfNothingThere(error: unknown): undefined {
  const nothing = codeOf(error) === 'cms-error' && (error as ModemError).fields.number === INVALID_INDEX;
  if (!nothing) throw error;
}
