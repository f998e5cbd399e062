import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { AtChannel } from './at-channel.ts';
import type { Profile } from './profile.ts';

/** What everything that talks to one modem needs. */
export interface ModemContext {
  readonly channel: AtChannel;
  readonly clock: Clock;
  readonly log: Log;
  readonly profile: Profile;
}
