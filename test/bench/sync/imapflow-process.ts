import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { childJob, sendAnswer } from '../harness/child.ts';
import { type LocalChange, SERVER_NAME } from './peer.ts';

/** A mailbox kept in step with the library the obvious way: one thing after another. */
export interface ImapFlowJob {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** PEM. */
  readonly ca: string;
  /** Where `state.json` is, and the new messages go. */
  readonly directory: string;
  /** Goes up first. */
  readonly change?: LocalChange;
}

export interface ImapFlowAnswer {
  /** Paths of new messages. */
  readonly files: readonly string[];
  readonly flagged: readonly number[];
  readonly removed: readonly number[];
}

interface State {
  readonly uidNext: number;
  readonly modseq: string;
}

const job = childJob<ImapFlowJob>();
const statePath = join(job.directory, 'state.json');
const before = await readFile(statePath, 'utf8').then(
  (text) => JSON.parse(text) as State,
  () => undefined,
);
const client = new ImapFlow({
  host: '127.0.0.1',
  port: job.port,
  secure: true,
  auth: { user: job.user, pass: job.password },
  tls: { ca: job.ca, servername: SERVER_NAME },
  logger: false,
  qresync: true,
});
const removed: number[] = [];
client.on('expunge', ({ uid }: { uid?: number }) => void removed.push(uid ?? 0));
await client.connect();
const mailbox = await client.mailboxOpen('INBOX');
if (job.change) {
  await client.messageFlagsAdd([...job.change.flagged].join(','), ['\\Flagged'], { uid: true });
  await client.messageDelete([...job.change.removed].join(','), { uid: true });
}
const answer = { files: [] as string[], flagged: [] as number[], removed };
if (before) await bring(before);
await client.logout();
const modseq = String(mailbox.highestModseq);
await writeFile(statePath, JSON.stringify({ uidNext: mailbox.uidNext, modseq } satisfies State));
sendAnswer(answer satisfies ImapFlowAnswer);

async function bring({ uidNext, modseq }: State): Promise<void> {
  const since = { uid: true, changedSince: BigInt(modseq) };
  for await (const { uid, flags } of client.fetch('1:*', { uid: true, flags: true }, since)) {
    if (uid < uidNext && flags?.has('\\Flagged')) answer.flagged.push(uid);
  }
  if (mailbox.uidNext <= uidNext) return;
  const query = { uid: true, flags: true, source: true };
  for await (const { uid, source } of client.fetch(`${uidNext}:*`, query, { uid: true })) {
    const path = join(job.directory, `${uid}.eml`);
    await writeFile(path, source ?? '');
    answer.files.push(path);
  }
}
