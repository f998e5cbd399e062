import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { need } from '../../support/program.ts';
import { changeMaildir, watchMaildir } from './maildir-copy.ts';
import { measured } from './measured.ts';
import type { MakePeer, PeerParts } from './peer.ts';

const MBSYNC = '/usr/bin/mbsync';
const uidOf = (name: string) => {
  const found = /,U=(\d+)/.exec(name)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** mbsync with its own defaults; both sides are expunged. */
export const mbsync: MakePeer = async (parts) => {
  await need(MBSYNC, 'isync');
  const { user, directory, server } = parts;
  const root = join(directory, 'copy');
  for (const folder of ['cur', 'new', 'tmp']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(directory, 'ca.pem'), server.ca);
  const config = join(directory, 'mbsyncrc');
  const run = async (fsync: boolean, signal: AbortSignal) => {
    await writeFile(config, configuration(root, parts, fsync), { mode: 0o600 });
    const ended = await measured([MBSYNC, '-c', config, 'inbox'], directory, signal);
    const complaint = ended.code === 0 ? undefined : `mbsync ended with ${ended.code}: ${ended.stderr}`;
    return { use: ended, ...(complaint === undefined ? {} : { complaint }) };
  };
  return {
    name: 'mbsync',
    user,
    async settle(signal) {
      const { complaint } = await run(false, signal);
      if (complaint !== undefined) throw new Error(complaint);
    },
    change: (change) => changeMaildir(root, uidOf, change),
    async synchronise(_hint, signal) {
      const brought = await watchMaildir(root, uidOf);
      const done = await run(true, signal);
      return { ...done, brought: await brought() };
    },
  };
};

function configuration(root: string, { server, port, user, directory }: PeerParts, fsync: boolean): string {
  return `FSync ${fsync ? 'yes' : 'no'}

IMAPAccount server
Host 127.0.0.1
Port ${port}
User ${user}
Pass ${server.password}
SSLType IMAPS
SystemCertificates no
CertificateFile ${join(directory, 'ca.pem')}

IMAPStore far
Account server

MaildirStore near
Inbox ${root}

Channel inbox
Far :far:
Near :near:
Sync All
Expunge Both
SyncState *
`;
}
