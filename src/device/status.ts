import type { EffectiveSettings } from '../bus/settings.ts';
import type { Cause } from '../bus/topics.ts';
import type { Usage } from './state/budget.ts';
import type { SessionRecord } from './state/history.ts';

/** What `ringpost settings` and `ringpost sync` show; plain JSON. */
export interface DeviceStatus extends EffectiveSettings {
  readonly device: string;
  /** A modem is there and listened to. */
  readonly listening: boolean;
  /** Why a session is running now. */
  readonly session?: Cause | undefined;
  /** A trigger's session that did not come to its end yet. */
  readonly owed?: { readonly cause: Cause; readonly at: number; readonly attempts: number } | undefined;
  /** The message server does not know the settings yet. */
  readonly settingsUntold: boolean;
  readonly unsentReports: number;
  readonly budget: { readonly sms: Usage; readonly call: Usage; readonly user: Usage };
  /** Newest last. */
  readonly sessions: readonly SessionRecord[];
}
