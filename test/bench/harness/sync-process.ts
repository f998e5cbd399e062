import type { SyncResult } from '../../../src/mail/sync/result.ts';
import { childJob, peakMegabytes, sendAnswer } from './child.ts';
import { type DeviceCopy, syncInbox } from './sync-inbox.ts';

/** One synchronisation in a process of its own. `idle`: the modules are loaded, and nothing is synchronised. */
export interface SyncJob extends DeviceCopy {
  readonly idle: boolean;
}

export interface SyncAnswer {
  readonly peakMegabytes: number;
  /** From the first step to the result; without the start of the process. */
  readonly seconds: number;
  readonly result: SyncResult;
}

const NOTHING: SyncResult = { mailboxes: [], cost: { bytesUp: 0, bytesDown: 0, roundTrips: 0 } };

const job = childJob<SyncJob>();
const began = performance.now();
const result = job.idle ? NOTHING : await syncInbox(job, new AbortController().signal);
const seconds = (performance.now() - began) / 1000;
sendAnswer({ peakMegabytes: peakMegabytes(), seconds, result } satisfies SyncAnswer);
