import { connect } from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Account } from '../../src/mail/account.ts';
import { imapSession } from '../../src/mail/imap/open-session.ts';
import type { OpenMailSession } from '../../src/mail/session.ts';

/** Sessions with a server on the loopback, as the device opens them. `port`: where it is, if that changes or is a proxy's. */
export function sessionsAt(
  account: Account,
  profilePath: string,
  port: () => number = () => account.port,
): OpenMailSession {
  return imapSession({
    account,
    connect: () => connect(port(), '127.0.0.1'),
    profilePath,
    clock: systemClock,
    log: silentLog,
  });
}
