import { clientNetwork } from '../smtp/client-network.ts';
import type { LogIn } from '../users.ts';
import type { ImapLimits } from './options.ts';

/** A connection that was let in. */
export interface Guest {
  readonly network: string;
}

interface Present extends Guest {
  logIn: LogIn | undefined;
  readonly dismiss: (reason: string) => void;
}

type GuestLimits = Pick<ImapLimits, 'maxConnections' | 'maxPerAddress' | 'maxPerUser' | 'maxStrangers'>;

/** Who is connected, to all ports of the server, so that nobody takes all the room. */
export class Guests {
  readonly #limits: GuestLimits;
  readonly #present = new Set<Present>();

  constructor(limits: GuestLimits) {
    this.#limits = limits;
  }

  /**
   * Lets a connection in, or says why not. `dismiss` sends it away: when there are too many that have not logged in,
   * the oldest of them goes, so that nobody can keep everybody else out by being there first.
   */
  admit(address: string | undefined, dismiss: (reason: string) => void): Guest | string {
    const { maxConnections, maxPerAddress, maxStrangers } = this.#limits;
    const network = clientNetwork(address);
    if (this.#present.size >= maxConnections) return 'Too many connections';
    if (this.#count((guest) => guest.network === network) >= maxPerAddress) {
      return 'Too many connections from your address';
    }
    const strangers = [...this.#present].filter(({ logIn }) => logIn === undefined);
    if (strangers.length >= maxStrangers) this.#sendAway(strangers[0]);
    const guest: Present = { network, logIn: undefined, dismiss };
    this.#present.add(guest);
    return guest;
  }

  /** The guest has logged in; false when the user has too many connections already. */
  welcome(guest: Guest, logIn: LogIn): boolean {
    const { name } = logIn.user;
    if (this.#count((other) => other.logIn?.user.name === name) >= this.#limits.maxPerUser) return false;
    for (const present of this.#present) if (present === guest) present.logIn = logIn;
    return true;
  }

  /** Ends every connection whose password was taken back since it logged in. */
  sendAwayRevoked(): void {
    for (const { logIn, dismiss } of this.#present)
      if (logIn?.holds() === false) dismiss('Your password is not good any more');
  }

  leave(guest: Guest): void {
    this.#present.delete(guest as Present);
  }

  #sendAway(guest: Present | undefined): void {
    if (!guest) return;
    this.#present.delete(guest);
    guest.dismiss('Others want to log in');
  }

  #count(is: (guest: Present) => boolean): number {
    let count = 0;
    for (const guest of this.#present) if (is(guest)) count += 1;
    return count;
  }
}
