import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disposables } from '../../base/disposables.ts';
import type { TriggerAgent } from '../../server/trigger-agent.ts';
import type { WatchedUser } from '../../server/watcher/account.ts';
import { listenForPushes, type PushListener } from '../../server/watcher/push/listener.ts';
import { startWatcher, type Watcher } from '../../server/watcher/watcher.ts';
import type { Certificate } from '../certificate.ts';
import type { WatchConfig } from '../config/server/watch.ts';
import type { ServerSurroundings } from './server.ts';

interface Surroundings extends ServerSurroundings {
  /** Directory of the server's state. */
  readonly state: string;
  readonly certificate: Certificate;
  readonly owned: Disposables;
}

/** Starts to watch, and to listen for pushes where the configuration says so. */
export async function startWatch(
  config: WatchConfig,
  agent: TriggerAgent,
  around: Surroundings,
  signal: AbortSignal,
): Promise<{ watcher: Watcher; push: PushListener | undefined }> {
  const { clock, owned, state } = around;
  const log = around.log.child({ room: 'watcher' });
  const { host, security, port = security === 'tls' ? 993 : 143, servername, idle } = config;
  const ca = config.ca === undefined ? undefined : await readFile(config.ca, 'utf8');
  const watcher = await startWatcher(
    {
      server: { host, port, security, servername, ca },
      users: config.mailboxes.map((one) => userOf(config, one)),
      agent,
      stateDirectory: join(state, 'watch'),
      policy: { idle, pollMs: config.poll * 1000, rereadMs: config.annotations * 1000 },
      clock,
      log,
    },
    signal,
  );
  owned.use(watcher);
  const { push } = config;
  if (!push) return { watcher, push: undefined };
  const tls = push.tls ? around.certificate : undefined;
  const look = (user: string, mailbox: string) => watcher.look(user, mailbox);
  return { watcher, push: owned.use(await listenForPushes({ ...push, tls, look, log })) };
}

/** The master's password stands before a user's own. */
function userOf({ master }: WatchConfig, one: WatchConfig['mailboxes'][number]): WatchedUser {
  const { user, password = '', mailboxes, device } = one;
  const login = master ? `${user}*${master.user}` : user;
  return { user, login, password: master?.password ?? password, mailboxes, device };
}
