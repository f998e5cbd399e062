import type { SMTPServer, SMTPServerSession } from 'smtp-server';
import type { Clock } from '../../../base/clock.ts';
import { Watchdog } from '../imap/watchdog.ts';
import type { LogIn, MailUser } from '../users.ts';
import { clientNetwork } from './client-network.ts';

/** A recipient that was answered 250. */
export interface Accepted {
  readonly address: string;
  /** Who it is, when it is somebody here. */
  readonly user: MailUser | undefined;
}

export interface VisitLimits {
  readonly clock: Clock;
  /** Milliseconds without a step. */
  readonly timeout: number;
}

/** What is remembered of one connection beside the library's session. */
export class Visit {
  readonly session: SMTPServerSession;
  /** See `clientNetwork`. */
  readonly network: string;
  logIn: LogIn | undefined;
  /** Those of this transaction, one for each RCPT that was answered 250: LMTP owes each its own reply (RFC 2033 4.2). */
  accepted: Accepted[] = [];
  refusals = 0;
  failedLogins = 0;
  readonly #server: SMTPServer;
  readonly #limits: VisitLimits;
  #watchdog: Watchdog | undefined;
  #isOver = false;

  constructor(server: SMTPServer, session: SMTPServerSession, limits: VisitLimits) {
    this.session = session;
    this.network = clientNetwork(session.remoteAddress);
    this.#server = server;
    this.#limits = limits;
    this.step();
  }

  /** A step of a transaction: from now on the client has all of the time again. NOOP, RSET or a byte now and then are none. */
  step(): void {
    const { clock, timeout } = this.#limits;
    this.busy();
    if (this.#isOver) return;
    this.#watchdog = new Watchdog(clock, timeout, () => this.sendAway('Timeout - closing connection'));
  }

  /** Somebody else watches the time, until the next step. */
  busy(): void {
    this.#watchdog?.stop();
  }

  /** The connection is closed. */
  over(): void {
    this.#isOver = true;
    this.busy();
  }

  /** Says 421 and closes (RFC 5321 3.8). */
  sendAway(text: string): void {
    const { id } = this.session;
    const connection = [...this.#server.connections].find((one) => one.id === id);
    connection?.send(421, text);
  }
}
