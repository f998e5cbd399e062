import { nodeFiles } from '../../base/files.ts';
import type { DeviceParts } from '../parts.ts';
import { type Budget, openBudget } from './budget.ts';
import { type History, openHistory } from './history.ts';
import { type Inbox, openInbox } from './inbox.ts';
import { openPending, type Pending } from './pending.ts';
import { openReports, type Reports } from './reports.ts';
import { type DeviceSettings, openDeviceSettings } from './settings.ts';
import { openTimeKeeper, type TimeKeeper } from './time.ts';

/** All that the agent keeps on the disk beside the mailbox copy. */
export interface State {
  readonly time: TimeKeeper;
  readonly pending: Pending;
  readonly settings: DeviceSettings;
  readonly reports: Reports;
  readonly budget: Budget;
  readonly inbox: Inbox;
  readonly history: History;
}

/** Opens every document; a broken one throws `broken-document` and names its file. */
export async function openState(parts: DeviceParts): Promise<State> {
  const { state: directory, policy, guard, keys, clock, files = nodeFiles } = parts;
  await files.makeDirectory(directory);
  const limits = { sms: policy.budget, call: policy.callBudget, user: {} };
  return {
    time: await openTimeKeeper(directory, clock, files),
    pending: await openPending({ directory, guard, keys, files }),
    settings: await openDeviceSettings(directory, policy.settings, files),
    reports: await openReports(directory, files),
    budget: await openBudget({ directory, limits, files }),
    inbox: await openInbox(directory, policy.inboxBytes, files),
    history: await openHistory(directory, files),
  };
}
