import { join } from 'node:path';
import { z } from 'zod';
import { type Document, openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import { initialSettings } from '../../bus/settings.ts';
import { hint, settings, target } from '../../bus/topics.ts';
import type { Policy } from './policy.ts';

const milliseconds = z.number().int().min(0);

/** A trigger that was sent, or a session that said hello: a report is awaited. */
const outstanding = z.object({
  request: z.string(),
  /** Rung of the ladder, from 0; -1: the device came by itself. */
  attempt: z.number().int().min(-1),
  /**
   * `sending` is on the disk before the gateway is called; found at a start, nobody knows whether it left. `exhausted`:
   * the ladder is over, `due` is when it may be rung again if new mail comes; `renewed`: it came.
   */
  phase: z.enum(['sending', 'sent', 'session', 'fruitless', 'exhausted', 'renewed']),
  /** When the next attempt is due. */
  due: milliseconds,
  /** How often all gateways failed in a row. */
  failures: z.number().int().min(0),
});

/** All that the server remembers about one device. Times are milliseconds since 1970. */
export const deviceState = z.object({
  /** What the device has not reported as reached, per mailbox. */
  owed: z.array(target.extend(hint.shape)),
  /** The furthest place reported per mailbox. */
  reached: z.array(target),
  settings: z.object({ server: settings, device: settings.nullable() }),
  lastSync: milliseconds.nullable(),
  /** `REQUEST:AT` of the last report, so that one that comes twice counts once. */
  lastReport: z.string().nullable(),
  outstanding: outstanding.nullable(),
  /** Last counter of a sealed trigger, and the highest that the device told. */
  counter: z.number().int().min(0),
  reportedCounter: z.number().int().min(0),
  /** When triggers were sent, the last 24 hours; and how many on days before (since 1970, UTC). See `budget.ts`. */
  sent: z.array(milliseconds),
  sentByDay: z.array(z.object({ day: z.number().int().min(0), count: z.number().int().min(1) })).default([]),
  /** Event ids of first triggers, the newest last. */
  events: z.array(z.string()),
});

export type DeviceState = z.infer<typeof deviceState>;
export type Outstanding = z.infer<typeof outstanding>;
export type Owed = DeviceState['owed'][number];

/** Where the documents are, one per device. */
export function devicesDirectory(stateDirectory: string): string {
  return join(stateDirectory, 'devices');
}

/** Opens the document of one device. Throws `broken-document` when it is not ours. */
export function openDeviceState(
  stateDirectory: string,
  device: string,
  policy: Policy,
  files: Files,
): Promise<Document<DeviceState>> {
  const path = join(devicesDirectory(stateDirectory), `${device}.json`);
  return openDocument({ path, schema: deviceState, initial: initialState(policy), files });
}

function initialState(policy: Policy): DeviceState {
  const server = initialSettings({ on: true, intervalSeconds: policy.defaultIntervalSeconds });
  return {
    owed: [],
    reached: [],
    settings: { server, device: null },
    lastSync: null,
    lastReport: null,
    outstanding: null,
    counter: 0,
    reportedCounter: 0,
    sent: [],
    sentByDay: [],
    events: [],
  };
}
