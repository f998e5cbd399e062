import type { Effective, SettingsChange } from '../../bus/topics.ts';
import { effective } from './decide.ts';
import type { DeviceState } from './state.ts';

/** Rises with every change that either side's user made, as long as this state is kept. */
export function settingsVersion({ settings: { server, device } }: DeviceState): number {
  return server.revision + (device?.revision ?? 0);
}

/** Of a choice at a mail server, what holds: an on that did not know of the off that is in force does not replace it. */
export function allowedChange(
  state: DeviceState,
  { on, intervalSeconds, knew }: SettingsChange,
): { on?: boolean; intervalSeconds?: number } {
  const unaware = on === true && !effective(state).on && knew < settingsVersion(state);
  return {
    ...(on !== undefined && !unaware && { on }),
    ...(intervalSeconds !== undefined && { intervalSeconds }),
  };
}

export function toldToMail(device: string, state: DeviceState, event?: string): Effective {
  const settings = { ...effective(state), version: settingsVersion(state) };
  return { device, ...(event !== undefined && { event }), settings };
}
