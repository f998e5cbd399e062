import { asError } from '../base/errors.ts';
import type { ModemContext } from './context.ts';
import { isSet } from './initialise.ts';

export interface SettingsWatchOptions {
  readonly context: ModemContext;
  readonly everyMs: number;
  /** The modem has lost its settings: it must have started again without a word. */
  readonly onLost: () => void;
}

/**
 * Looks now and then whether the modem still announces SMS (+CNMI). One that starts again without saying so
 * (autobauding, or a port that was away meanwhile) would never ring again. Runs until `life` is over.
 */
export async function watchSettings(options: SettingsWatchOptions, life: AbortSignal): Promise<void> {
  const { context, everyMs, onLost } = options;
  const telling = context.profile.settings.find(({ set }) => set.startsWith('AT+CNMI='));
  // A modem that tells something else from the start would seem to be restarting for ever.
  if (!telling || !(await isSet(context, telling, life))) return;
  for (;;) {
    await context.clock.sleep(everyMs, life);
    try {
      if ((await isSet(context, telling, life)) === false) onLost();
    } catch (error) {
      life.throwIfAborted();
      context.log.debug({ reason: asError(error).message }, 'the settings of the modem cannot be asked now');
    }
  }
}
