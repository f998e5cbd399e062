import type { ModemContext } from '../context.ts';
import { initialSmsSettings, type SmsSettings } from './settings.ts';
import type { SmsStore } from './store.ts';

/** What the commands of short messages share. */
export class SmsContext {
  readonly modem: ModemContext;
  readonly store: SmsStore;
  settings: SmsSettings;

  constructor(modem: ModemContext, store: SmsStore) {
    this.modem = modem;
    this.store = store;
    this.settings = initialSmsSettings(modem.attachment.network.serviceCentre);
  }

  get textMode(): boolean {
    return this.modem.parameters.get('+CMGF') === 1;
  }

  restore(): void {
    this.settings = initialSmsSettings(this.modem.attachment.network.serviceCentre);
  }
}
