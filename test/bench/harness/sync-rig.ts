import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposables } from '../../../src/base/disposables.ts';
import { makeCertificate } from '../../../src/cli/certificate.ts';
import type { MailboxResult } from '../../../src/mail/sync/result.ts';
import { countingProxy, type ProxyCount } from '../../support/counting-proxy.ts';
import { startChild } from './child.ts';
import { compileScripts } from './compile.ts';
import { accountAt, type USERS } from './mail-account.ts';
import { scratchDirectory } from './scratch.ts';
import type { ServerAnswer, ServerJob } from './server-process.ts';
import type { SyncAnswer, SyncJob } from './sync-process.ts';

type User = (typeof USERS)[number];

/** What one synchronisation came to, with the bytes that a proxy counted. */
export interface Synchronised extends SyncAnswer {
  readonly wire: ProxyCount;
  readonly mailbox: MailboxResult | undefined;
}

/** The embedded mail server in a process, a device's copy per user, and synchronisations in processes between them. */
export interface SyncRig extends AsyncDisposable {
  /** `false`: a process that loads what a synchronisation needs, and does nothing. */
  synchronise(user: User, really?: boolean): Promise<Synchronised>;
}

export interface SyncPlaces {
  /** Root of the server's mail. */
  readonly server: string;
  /** Root of a user's Maildir on the device. */
  readonly device: (user: User) => string;
}

/** Starts the server over what `prepare` put into the places. Everything is removed at the end. */
export async function syncRig(
  prepare: (places: SyncPlaces) => Promise<void>,
  signal: AbortSignal,
): Promise<SyncRig> {
  const owned = new Disposables();
  try {
    const scratch = owned.use(await scratchDirectory());
    const places = placesIn(scratch.path);
    for (const folder of ['server', 'device', 'profile']) await mkdir(join(scratch.path, folder));
    await prepare(places);
    const tls = await makeCertificate('localhost');
    const job: ServerJob = { root: places.server, tls };
    const scripts = owned.use(await compileScripts(signal));
    const server = owned.use(
      await startChild<ServerAnswer>(join(scripts.path, 'server-process.js'), job, signal),
    );
    const proxy = owned.use(await countingProxy({ port: server.answer.imapPort }));
    return {
      async synchronise(user, really = true) {
        const profilePath = join(scratch.path, 'profile', `${user}.json`);
        const account = accountAt(proxy.port, user, tls);
        const run: SyncJob = { account, root: places.device(user), profilePath, idle: !really };
        proxy.take();
        await using child = await startChild<SyncAnswer>(join(scripts.path, 'sync-process.js'), run, signal);
        return { ...child.answer, wire: proxy.take(), mailbox: child.answer.result.mailboxes[0] };
      },
      [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
    };
  } catch (error) {
    await owned[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

function placesIn(path: string): SyncPlaces {
  return { server: join(path, 'server'), device: (user) => join(path, 'device', user) };
}
