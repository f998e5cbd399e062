import { join } from 'node:path';
import { undefinedIfMissing } from '../../base/durable.ts';
import type { Context } from './context.ts';
import { DeviceDesk } from './desk.ts';
import { recordRestart } from './record.ts';
import { devicesDirectory, openDeviceState } from './state.ts';

interface Open {
  readonly desk: Promise<DeviceDesk>;
  users: number;
}

/** Desks that nobody uses and that are kept all the same, so that a busy device is not read again each time. */
const KEPT_IDLE = 1000;
/** Documents that are read at a time after a start. */
const READERS = 8;

/** The desks of the devices that something happens at: opened when needed, and most of them closed again. */
export class Desks {
  readonly #context: Context;
  readonly #open = new Map<string, Open>();
  /** Those of them without users, the longest unused first. */
  readonly #idle = new Map<string, Open>();

  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Works at the one desk of this device; there is never a second one, for what it does beside counts as use.
   * Rejects with `broken-document` when its file is not ours.
   */
  async use<T>(device: string, work: (desk: DeviceDesk) => Promise<T>): Promise<T> {
    const open = this.#open.get(device) ?? this.#opened(device);
    open.users += 1;
    this.#idle.delete(device);
    try {
      return await work(await open.desk);
    } finally {
      open.users -= 1;
      if (open.users === 0) this.#rest(device, open);
    }
  }

  /** After a start: puts what is owed on the due-list again. Only devices that are owed something are opened. */
  async restore(signal: AbortSignal): Promise<void> {
    const { files, stateDirectory } = this.#context;
    const names = (await files.list(devicesDirectory(stateDirectory)).catch(undefinedIfMissing)) ?? [];
    const left = names.values();
    await Promise.all(Array.from({ length: READERS }, () => this.#restoreAll(left, signal)));
  }

  async #restoreAll(names: IterableIterator<string>, signal: AbortSignal): Promise<void> {
    const { due, log } = this.#context;
    for (const name of names) {
      const device = /^([a-z0-9-]{1,64})\.json$/.exec(name)?.[1];
      if (signal.aborted) return;
      if (device === undefined || (await this.#isAtRest(name))) continue;
      await this.use(device, (desk) => desk.due()).catch((error: unknown) => {
        due.delete(device);
        log.error({ device, err: error }, 'The state of this device cannot be used');
      });
    }
  }

  /** A look without the whole shape, which takes most of the time. What it cannot read is for the desk to name. */
  async #isAtRest(name: string): Promise<boolean> {
    const { files, stateDirectory } = this.#context;
    try {
      const content = await files.read(join(devicesDirectory(stateDirectory), name));
      const { owed } = JSON.parse(content.toString('utf8'));
      return Array.isArray(owed) && owed.length === 0;
    } catch {
      return false;
    }
  }

  #rest(device: string, open: Open): void {
    if (this.#open.get(device) !== open) return;
    this.#idle.set(device, open);
    const [oldest] = this.#idle.size > KEPT_IDLE ? this.#idle.keys() : [];
    if (oldest === undefined) return;
    this.#idle.delete(oldest);
    this.#open.delete(oldest);
  }

  #opened(device: string): Open {
    const open = { desk: this.#openDesk(device), users: 0 };
    this.#open.set(device, open);
    open.desk.catch(() => this.#open.delete(device));
    return open;
  }

  async #openDesk(device: string): Promise<DeviceDesk> {
    const { stateDirectory, policy, files, clock, background } = this.#context;
    const document = await openDeviceState(stateDirectory, device, policy, files);
    if (document.data.outstanding?.phase === 'sending') {
      await document.update((state) => recordRestart(state, clock.now()));
    }
    return new DeviceDesk(device, document, {
      ...this.#context,
      background: (what, work) => background(what, (signal) => this.use(device, () => work(signal))),
    });
  }
}
