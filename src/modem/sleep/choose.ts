import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { DataAtChannel } from '../channel.ts';
import type { Profile, ProfileEntry } from '../profile.ts';
import { SleepyChannel } from './sleepy-channel.ts';
import { DtrWay, IdleWay, type SleepWay } from './way.ts';

/** Whether the modem is to sleep between commands, and what hinders it. */
export interface SleepWish {
  readonly wanted: boolean;
  /** The line is a USB port of the modem itself: there the host suspends the bus, and DTR is not the pin that it sleeps by. */
  readonly usb: boolean;
}

export interface Sleeping {
  /** The channel to talk over. */
  readonly channel: DataAtChannel;
  /** To be made with the settings of the profile, each time. */
  readonly entries: readonly ProfileEntry[];
  /** Leaves the modem awake. Never rejects. */
  stop(): Promise<void>;
}

export interface SleepParts {
  readonly channel: DataAtChannel;
  /** Data calls have a channel of their own. */
  readonly apart: boolean;
  readonly profile: Profile;
  readonly clock: Clock;
  readonly log: Log;
}

/** How this modem sleeps on this line; without a wish it is left as it is. */
export function chooseSleep(wish: SleepWish | undefined, parts: SleepParts): Sleeping {
  const { channel, profile, log } = parts;
  const { sleep } = profile;
  const awake = { channel, entries: [], stop: async () => {} };
  if (!wish || !sleep) return awake;
  const hindrance = wish.wanted ? hindranceOf(wish, parts) : 'it is not wanted';
  if (hindrance !== undefined) {
    if (wish.wanted) log.info({ reason: hindrance }, 'the modem stays awake between sessions');
    return { ...awake, entries: sleep.leave };
  }
  const way = wayOf(parts, sleep);
  log.info({ how: sleep.how }, 'the modem sleeps between sessions');
  return { channel: new SleepyChannel(channel, way), entries: sleep.enter, stop: () => way.stop() };
}

function hindranceOf({ usb }: SleepWish, { channel, apart, profile }: SleepParts): string | undefined {
  if (usb) return 'it is on USB, which sleeps when the host suspends it';
  if (apart) return 'its data calls have a port of their own';
  if (profile.sleep?.how === 'dtr' && !channel.setDtr) return `${channel.path} has no DTR wire`;
  return undefined;
}

function wayOf({ channel, clock }: SleepParts, sleep: NonNullable<Profile['sleep']>): SleepWay {
  const options = { channel, sleep, clock };
  return sleep.how === 'dtr' ? new DtrWay(options) : new IdleWay(options);
}
