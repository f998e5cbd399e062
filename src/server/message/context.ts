import type { Clock } from '../../base/clock.ts';
import type { Files } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import type { Observe } from '../../base/steps.ts';
import type { Bus } from '../../bus/bus.ts';
import type { SmsGateway } from '../gateways/gateway.ts';
import type { AddressBook } from './address-book.ts';
import type { DueList } from './due-list.ts';
import type { Policy } from './policy.ts';

/** What every device's desk works with. */
export interface Context {
  readonly bus: Bus;
  readonly addressBook: AddressBook;
  readonly gateways: readonly SmsGateway[];
  readonly stateDirectory: string;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Log;
  readonly observe: Observe;
  readonly due: DueList;
  /** Devices that were told the server's settings since this process started. */
  readonly told: Set<string>;
  /** Runs work that nobody waits for, such as sending: it is logged when it fails, and awaited at the end. */
  background(what: string, work: (signal: AbortSignal) => Promise<void>): void;
}
