import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { startMailServer } from '../../../src/server/mail/mail-server.ts';
import { childJob, sendAnswer } from './child.ts';
import type { Tls } from './mail-account.ts';
import { WATCHED_PASSWORD, watchedUser } from './watched-users.ts';

/** The embedded mail server for many users, with a mail in each mailbox, in a process of its own. */
export interface WatchedServerJob {
  readonly root: string;
  readonly users: number;
  readonly tls: Tls;
}

export interface WatchedServerAnswer {
  readonly imapPort: number;
  readonly smtpPort: number;
}

async function serve({ root, users, tls }: WatchedServerJob): Promise<WatchedServerAnswer> {
  const server = await startMailServer({
    root,
    users: Array.from({ length: users }, (_, at) => ({
      name: watchedUser(at),
      password: WATCHED_PASSWORD,
      addresses: [`${watchedUser(at)}@bench.test`],
    })),
    host: '127.0.0.1',
    smtp: { port: 0 },
    imap: { port: 0, limits: { maxConnections: users * 2, maxPerAddress: users * 2 } },
    tls,
    clock: systemClock,
    log: silentLog,
  });
  for (let at = 0; at < users; at += 1) await server.store.deliver(watchedUser(at), 'INBOX', oneMail());
  const { imapPort, smtpPort } = server;
  return { imapPort, smtpPort };
}

async function* oneMail() {
  yield Buffer.from('Subject: x\r\n\r\nHello\r\n');
}

sendAnswer(await serve(childJob<WatchedServerJob>()));
