import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImapFlowAnswer, ImapFlowJob } from './imapflow-process.ts';
import { measured } from './measured.ts';
import type { LocalChange, MakePeer } from './peer.ts';

/** The script of `imapflow-process.ts`. */
export const imapflow: MakePeer = async ({ server, port, user, directory, scripts }) => {
  const copy = join(directory, 'copy');
  await mkdir(copy);
  let due: LocalChange | undefined;
  const run = async (signal: AbortSignal) => {
    const { ca, password } = server;
    const job: ImapFlowJob = { port, user, password, ca, directory: copy, ...(due ? { change: due } : {}) };
    due = undefined;
    const script = join(scripts, '../sync/imapflow-process.js');
    const ended = await measured([process.execPath, script, JSON.stringify(job)], directory, signal);
    if (ended.code !== 0) throw new Error(`the ImapFlow script ended with ${ended.code}: ${ended.stderr}`);
    return { use: ended, answer: JSON.parse(ended.stdout) as ImapFlowAnswer };
  };
  return {
    name: 'imapflow',
    user,
    settle: async (signal) => void (await run(signal)),
    async change(change) {
      due = change;
    },
    async synchronise(_hint, signal) {
      const { use, answer } = await run(signal);
      const { files, flagged, removed } = answer;
      const texts = await Promise.all(files.map((path) => readFile(path, 'utf8')));
      return { use, brought: { texts, flagged, removed } };
    },
  };
};
