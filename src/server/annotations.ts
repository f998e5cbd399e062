import { parseDuration } from '../base/quantity.ts';
import { deviceId, settings } from '../bus/topics.ts';

/**
 * What a mailbox on the mail server says about Ringpost: METADATA entries on the mailbox itself (RFC 5464), below
 * `/private/vendor/<vendor>` (6.2.1). The device id makes it a mailbox that rings (R2); the others are the user's settings (R10, R12).
 */
export const ENTRIES = {
  device: '/private/vendor/ringpost/device',
  /** `on` or `off`. */
  push: '/private/vendor/ringpost/push',
  /** `90s`, `10m`, `2h`, `1d`. */
  interval: '/private/vendor/ringpost/interval',
} as const;

export interface Annotations {
  readonly device?: string | undefined;
  readonly on?: boolean | undefined;
  readonly intervalSeconds?: number | undefined;
}

/** Reads what anybody may have written there. `problems`: an entry that says nothing usable, in words; it is as if absent. */
export function readAnnotations(entries: ReadonlyMap<string, string>): {
  readonly annotations: Annotations;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const take = <T>(entry: string, expected: string, parse: (value: string) => T | undefined) => {
    const value = entries.get(entry);
    const parsed = value === undefined ? undefined : parse(value.trim());
    if (value !== undefined && parsed === undefined) {
      problems.push(`${entry}: expected ${expected}, found "${value.slice(0, 80)}"`);
    }
    return parsed;
  };
  const annotations = {
    device: take(ENTRIES.device, 'a device id', (value) => deviceId.safeParse(value).data),
    on: take(ENTRIES.push, 'on or off', parseSwitch),
    intervalSeconds: take(ENTRIES.interval, 'a duration such as 90s, 10m, 2h', parseInterval),
  };
  return { annotations, problems };
}

/** The settings as the entries write them. */
export function settingsEntries({
  on,
  intervalSeconds,
}: {
  readonly on: boolean;
  readonly intervalSeconds: number;
}): ReadonlyMap<string, string> {
  return new Map([
    [ENTRIES.push, on ? 'on' : 'off'],
    [ENTRIES.interval, `${intervalSeconds}s`],
  ]);
}

function parseSwitch(value: string): boolean | undefined {
  return value === 'on' ? true : value === 'off' ? false : undefined;
}

function parseInterval(value: string): number | undefined {
  return settings.shape.intervalSeconds.safeParse(parseDuration(value)).data;
}
