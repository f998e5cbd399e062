import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { TriggerAgent } from '../trigger-agent.ts';
import type { WatchedServer } from './account.ts';
import type { Found } from './found.ts';
import type { Gate } from './gate.ts';
import type { Places } from './places.ts';
import type { WatchPolicy } from './policy.ts';

/** What every watch of a watcher shares. */
export interface WatchContext {
  readonly server: WatchedServer;
  /** Told of new mail; a place moves on only after it resolved. */
  readonly agent: Pick<TriggerAgent, 'stored'>;
  readonly places: Places;
  /** What mailboxes say of themselves. */
  readonly found: Found;
  readonly gate: Gate;
  readonly policy: WatchPolicy;
  readonly clock: Clock;
  readonly log: Log;
}
