import { join } from 'node:path';
import { parseName } from '../../../src/mail/maildir/name.ts';
import { makeDeviceCopy } from '../harness/mailbox.ts';
import type { SyncAnswer, SyncJob } from '../harness/sync-process.ts';
import { changeMaildir, watchMaildir } from './maildir-copy.ts';
import { measured } from './measured.ts';
import { type Hint, type MakePeer, SERVER_NAME } from './peer.ts';

const uidOf = (name: string) => parseName(name, 'cur').uid;

/** Ringpost as on a device: the server's profile is remembered, and the request's hint tells what is new. */
export const ringpost: MakePeer = async ({ server, port, user, directory, many, scripts }) => {
  const root = join(directory, 'copy');
  await makeDeviceCopy(root, many);
  const tls = { mode: 'implicit', ca: server.ca, servername: SERVER_NAME } as const;
  const account = { host: 'localhost', port, user, password: server.password, tls };
  const profilePath = join(directory, 'profile.json');
  const run = async (hint: Hint | undefined, signal: AbortSignal) => {
    const job: SyncJob = { account, root, profilePath, ...(hint ? { hint } : {}), idle: false };
    const script = join(scripts, 'sync-process.js');
    const ended = await measured([process.execPath, script, JSON.stringify(job)], directory, signal);
    if (ended.code !== 0) throw new Error(`ringpost ended with ${ended.code}: ${ended.stderr}`);
    const { result } = JSON.parse(ended.stdout) as SyncAnswer;
    const [mailbox] = result.mailboxes;
    const complaint = mailbox?.result === 'ok' ? mailbox.reason : `${mailbox?.result}: ${mailbox?.reason}`;
    return { use: ended, ...(complaint === undefined ? {} : { complaint }) };
  };
  return {
    name: 'ringpost',
    user,
    async settle(signal) {
      // Twice, so that both what the server offers and what it takes are known.
      for (let round = 0; round < 2; round += 1) {
        const { complaint } = await run(undefined, signal);
        if (complaint !== undefined) throw new Error(`ringpost does not get in step: ${complaint}`);
      }
    },
    change: (change) => changeMaildir(root, uidOf, change),
    async synchronise(hint, signal) {
      const brought = await watchMaildir(root, uidOf);
      const done = await run(hint, signal);
      return { ...done, brought: await brought() };
    },
  };
};
