import type { Duplex } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Users } from '../users.ts';
import type { QueueFiles } from './queue-files.ts';
import type { RetryPolicy } from './retry.ts';
import type { Slots } from './slots.ts';
import type { Smarthost } from './smarthost.ts';

/** What the work on one message needs. */
export interface QueueParts {
  readonly files: QueueFiles;
  readonly store: MailStore;
  readonly users: Users;
  /** Name of this server. */
  readonly name: string;
  readonly smarthost: Smarthost | undefined;
  readonly connect?: ((host: string, port: number) => Duplex) | undefined;
  /** Connections to the smarthost at a time. */
  readonly slots: Slots;
  readonly retry: RetryPolicy;
  readonly random: () => number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}
