import type { Clock } from '../base/clock.ts';
import type { Files } from '../base/files.ts';
import type { Log } from '../base/log.ts';
import type { Observe } from '../base/steps.ts';
import type { Bus } from '../bus/bus.ts';
import type { Hint, Target } from '../bus/topics.ts';
import type { Link, OpenLink } from '../link/link.ts';
import type { OutboxResult } from '../mail/outbox/options.ts';
import type { WholeWanted } from '../mail/partial/wanted.ts';
import type { MailSession, OpenMailSession } from '../mail/session.ts';
import type { SyncResult } from '../mail/sync/result.ts';
import type { Modem } from '../modem/modem.ts';
import type { ReplayGuard } from '../trigger/guard.ts';
import type { TriggerKey } from '../trigger/key.ts';
import type { Policy } from './policy.ts';

/** One synchronisation. */
export interface SyncJob {
  /** Opened already, perhaps long ago. */
  readonly session: MailSession;
  /** Opens another one where a second is needed. */
  readonly open: OpenMailSession;
  /** What the message server asked for; undefined: every configured mailbox. */
  readonly targets: readonly Target[] | undefined;
  readonly hint: Hint | undefined;
  /** The user agreed to an initial download over the byte budget. */
  readonly consent: boolean;
  /** Partial messages that the user wants whole, also from mailboxes that are not among the targets. */
  readonly fetch: readonly WholeWanted[];
  /** Over a network where nothing is paid for: no budget, and every mail whole. */
  readonly cheap: boolean;
  /** Mailboxes in which the user says that many messages went on purpose. */
  readonly acceptDeletions: readonly string[];
  readonly signal: AbortSignal;
}

/** The mailbox: how to reach it through a data session, and how to bring the copy in step. */
export interface MailParts {
  /** Connects and logs in. After a verified SMS it is called before the request is there. */
  open(link: Link, signal: AbortSignal): Promise<MailSession>;
  /** May log out; the agent disposes of the session afterwards. */
  synchronise(job: SyncJob): Promise<SyncResult>;
  /** Submits what the user wrote; absent where no submission server is configured. Called before `synchronise`. */
  readonly outbox?: ((link: Link, signal: AbortSignal) => Promise<OutboxResult>) | undefined;
}

/** A modem with the data sessions that it makes. Disposed of by whoever opened it. */
export interface Radio extends AsyncDisposable {
  readonly modem: Modem;
  readonly openLink: OpenLink;
}

/** What the agent is made of, but for the radio, which may be lost and opened again. */
export interface DeviceParts {
  readonly device: string;
  /** May change while the agent runs. */
  readonly keys: readonly TriggerKey[];
  readonly guard: ReplayGuard;
  /** Numbers in international form whose ringing starts a session. Empty: call triggers are off. */
  readonly callers: readonly string[];
  /** Country calling code, `49`, to complete national caller numbers; absent: they match nothing. */
  readonly country?: string | undefined;
  readonly mail: MailParts;
  /** Connects to the message server through a data session, as this device. */
  readonly connectBus: (link: Link, signal: AbortSignal) => Promise<Bus>;
  /** The network that the machine has anyhow. */
  readonly openOwnNetwork: OpenLink;
  /** Directory of the agent's own documents; one process owns it. */
  readonly state: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: Observe;
  readonly policy: Policy;
  readonly files?: Files | undefined;
}
