import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Account } from '../../../src/mail/account.ts';
import { type MailServer, startMailServer } from '../../../src/server/mail/mail-server.ts';

/** Key and certificate for localhost, PEM. */
export interface Tls {
  readonly key: string;
  readonly cert: string;
}

export const USERS = ['anna', 'bert'] as const;
const PASSWORD = 'bench';

/** The embedded mail server on loopback, for these users, over TLS. */
export function startBenchServer(root: string, tls: Tls): Promise<MailServer> {
  return startMailServer({
    root,
    users: USERS.map((name) => ({ name, password: PASSWORD, addresses: [`${name}@bench.test`] })),
    host: '127.0.0.1',
    smtp: { port: 0 },
    imap: { port: 0 },
    tls,
    clock: systemClock,
    log: silentLog,
  });
}

/** How a user reaches it. */
export function accountAt(port: number, user: (typeof USERS)[number], tls: Tls): Account {
  const { cert: ca } = tls;
  return { host: 'localhost', port, user, password: PASSWORD, tls: { mode: 'implicit', ca } };
}
