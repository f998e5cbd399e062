import type { LogIn } from '../users.ts';
import type { Door, SmtpRoom } from './door.ts';
import { reply, SmtpReply } from './reply.ts';
import type { Sockets } from './sockets.ts';
import type { Visit } from './visit.ts';

/** Keeps guessing from paying: addresses that are tried out, passwords that are tried out, connections without end. */
export class Guard {
  readonly #room: SmtpRoom;
  readonly #sockets: () => Sockets;

  constructor(room: SmtpRoom, sockets: () => Sockets) {
    this.#room = room;
    this.#sockets = sockets;
  }

  /** Throws SmtpReply 421. LMTP is spoken by one MTA of ours, from one address. */
  welcome({ network }: Visit, door: Door): void {
    if (door.kind === 'lmtp') return;
    if (this.#sockets().isTooMany(network)) throw reply(421, 'Too many connections from your address');
    if (this.#room.strikes.refusals.isOut(network))
      throw reply(421, 'Too many refused recipients from your address');
  }

  /** Counts an answer that was no 2yz, and gives it, later and later; 421 when it is enough. Always throws. */
  async refuse(visit: Visit, error: unknown): Promise<never> {
    if (!(error instanceof SmtpReply) || error.responseCode !== 550) throw error;
    const { limits, clock, log } = this.#room;
    visit.refusals += 1;
    this.#room.strikes.refusals.add(visit.network);
    log.debug({ refusals: visit.refusals, client: visit.network }, 'A sender or a recipient was refused');
    if (visit.refusals > limits.slowAfterRefusals) await clock.sleep(limits.slowDown);
    if (visit.refusals < limits.maxRefusals && !this.#room.strikes.refusals.isOut(visit.network)) throw error;
    log.info({ refusals: visit.refusals, client: visit.network }, 'A client is sent away: refused too often');
    throw reply(421, 'Too many refused senders or recipients');
  }

  /** Who the client is. Throws SmtpReply: 535 after a wait, 421 when it was wrong too often. */
  async logIn(visit: Visit, check: () => Promise<LogIn | undefined>): Promise<LogIn> {
    const { limits, clock, log } = this.#room;
    const { network } = visit;
    if (this.#room.strikes.logIns.isOut(network))
      throw reply(421, 'Too many failed log-ins from your address');
    const found = await check();
    if (found) return found;
    visit.failedLogins += 1;
    this.#room.strikes.logIns.add(network);
    log.info({ failures: visit.failedLogins, client: network }, 'SMTP log-in refused');
    await clock.sleep(limits.failedLoginDelay);
    if (visit.failedLogins >= limits.maxFailedLogins) throw reply(421, 'Too many failed log-ins');
    throw reply(535, 'User name or password is wrong');
  }
}
