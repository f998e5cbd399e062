import { undefinedIfMissing } from '../../base/durable.ts';
import type { Context } from './context.ts';
import { DeviceDesk } from './desk.ts';
import { recordRestart } from './record.ts';
import { devicesDirectory, openDeviceState } from './state.ts';

/** The desks of the devices that something happens at, opened when needed. */
export class Desks {
  readonly #context: Context;
  readonly #open = new Map<string, Promise<DeviceDesk>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** The one desk of this device. Rejects with `broken-document` when its file is not ours. */
  open(device: string): Promise<DeviceDesk> {
    const before = this.#open.get(device);
    if (before) return before;
    const opening = this.#openDesk(device);
    this.#open.set(device, opening);
    opening.catch(() => this.#open.delete(device));
    return opening;
  }

  /** After a start: puts what is owed on the due-list again. Desks that have nothing to do are not kept. */
  async restore(): Promise<void> {
    const { files, stateDirectory, log, due } = this.#context;
    const names = (await files.list(devicesDirectory(stateDirectory)).catch(undefinedIfMissing)) ?? [];
    for (const device of names.flatMap((name) => /^([a-z0-9-]{1,64})\.json$/.exec(name)?.[1] ?? [])) {
      try {
        const desk = await this.open(device);
        await desk.due();
        if (desk.state.owed.length === 0) this.#open.delete(device);
      } catch (error) {
        due.delete(device);
        log.error({ device, err: error }, 'The state of this device cannot be used');
      }
    }
  }

  async #openDesk(device: string): Promise<DeviceDesk> {
    const { stateDirectory, policy, files, clock } = this.#context;
    const document = await openDeviceState(stateDirectory, device, policy, files);
    if (document.data.outstanding?.phase === 'sending') {
      await document.update((state) => recordRestart(state, clock.now()));
    }
    return new DeviceDesk(device, document, this.#context);
  }
}
