import { expect, onTestFinished, vi } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { createLog } from '../../../src/base/log.ts';
import type { StoredMail } from '../../../src/server/trigger-agent.ts';
import type { WatchedServer, WatchedUser } from '../../../src/server/watcher/account.ts';
import type { WatchPolicy } from '../../../src/server/watcher/policy.ts';
import { startWatcher, type Watcher } from '../../../src/server/watcher/watcher.ts';
import { PlayedImap } from '../../support/played-imap.ts';
import { temporaryDirectory } from '../../support/room.ts';

export const ada: WatchedUser = {
  user: 'ada',
  login: 'ada',
  password: 'secret',
  mailboxes: ['INBOX'],
  device: 'pocket-1',
};

export interface Started {
  readonly watcher: Watcher;
  /** What the trigger agent was told. */
  readonly stored: StoredMail[];
  readonly logged: Record<string, unknown>[];
  readonly directory: string;
  /** The trigger agent fails so many times. */
  fail: number;
  stop(): Promise<void>;
}

export interface Wanted {
  readonly server: Omit<WatchedServer, 'host' | 'security'>;
  readonly users?: readonly WatchedUser[];
  readonly directory?: string;
  readonly policy?: Partial<WatchPolicy>;
  readonly clock?: Clock;
}

/** A watcher with short patience; it ends with the test. */
export async function watching(wanted: Wanted): Promise<Started> {
  const directory = wanted.directory ?? (await temporaryDirectory());
  const [stored, logged] = [[] as StoredMail[], [] as Record<string, unknown>[]];
  const started = { stored, logged, directory, fail: 0 } as unknown as Started;
  const watcher = await startWatcher({
    server: { host: 'localhost', security: 'tls', ...wanted.server },
    users: wanted.users ?? [ada],
    agent: {
      async stored(mail) {
        if (started.fail-- > 0) throw new Error('disk full');
        stored.push(mail);
      },
    },
    stateDirectory: directory,
    policy: { backoff: { firstMs: 10, longestMs: 50 }, ...wanted.policy },
    ...(wanted.clock && { clock: wanted.clock }),
    log: createLog('debug', { write: (line: string) => void logged.push(JSON.parse(line)) }),
  });
  const stop = () => watcher[Symbol.asyncDispose]();
  onTestFinished(stop);
  return Object.assign(started, { watcher, stop });
}

/** The same at a played server. */
export async function played(
  prepare: (imap: PlayedImap) => void = () => {},
  wanted: Omit<Wanted, 'server'> = {},
): Promise<Started & { imap: PlayedImap; again: () => Promise<Started> }> {
  const imap = await PlayedImap.start();
  imap.box();
  prepare(imap);
  const server = { port: imap.port, ca: imap.ca };
  const started = await watching({ ...wanted, server });
  const again = () => watching({ ...wanted, server, directory: started.directory });
  return Object.assign(started, { imap, again });
}

export async function until(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: 15_000, interval: 5 });
}

/** Waits until the trigger agent was told of these mails and no others. */
export const told = ({ stored }: Started, ...mails: object[]) =>
  until(() => expect(stored).toMatchObject(mails));
