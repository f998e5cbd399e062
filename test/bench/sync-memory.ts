import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../src/base/clock.ts';
import { nodeFiles } from '../../src/base/files.ts';
import { silentLog } from '../../src/base/log.ts';
import { openMaildir } from '../../src/mail/maildir/maildir.ts';
import { formatBase, formatName } from '../../src/mail/maildir/name.ts';
import type { MailSession } from '../../src/mail/session.ts';
import { freshState, saveState, stateText } from '../../src/mail/sync/state.ts';
import { synchronise } from '../../src/mail/sync/synchronise.ts';
import { UidSet } from '../../src/mail/uid-set.ts';

const MESSAGES = 100_000;
const LIMIT_MB = 150;
const MARKER = { id: 'bench123', mailbox: 'INBOX' };
const PLACE = { uidvalidity: 1, tag: `${MARKER.id}-0000` };

/**
 * Peak memory and time of a synchronisation with no change, with 100,000 messages in the copy: with the folders as
 * they were, and with the folders to be read again. Each in a process of its own. Throws when the first is over 150 MB.
 */
export async function run(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'ringpost-bench-'));
  try {
    const root = join(directory, 'mail');
    await buildCopy(root);
    // The folders must be older than 2 s for their times to be trusted; the first round reads them.
    await systemClock.sleep(2100);
    await report(root, 'folders read again (after mail came)', Number.POSITIVE_INFINITY);
    await report(root, 'folders unchanged', LIMIT_MB);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function report(root: string, what: string, limit: number): Promise<void> {
  const { megabytes, seconds } = await measure(root);
  const figures = `${megabytes.toFixed(0)} MB peak RSS (tsx included), ${seconds.toFixed(2)} s`;
  console.log(`sync, no change, ${MESSAGES} messages, ${what}: ${figures}`);
  if (megabytes > limit) throw new Error(`${what}: ${figures}; the limit is ${limit} MB`);
}

/** Every third message is unread, so that the sets of flags are as ragged as they get. */
function isRead(uid: number): boolean {
  return uid % 3 !== 0;
}

async function buildCopy(root: string): Promise<void> {
  const { path } = await openMaildir(root, { create: true });
  for (let first = 1; first <= MESSAGES; first += 1000) {
    const uids = Array.from({ length: 1000 }, (_one, index) => first + index);
    await Promise.all(uids.map((uid) => writeFile(join(path, 'cur', fileName(uid)), 'Subject: x\n\n')));
  }
  const seen = UidSet.of(Array.from({ length: MESSAGES }, (_one, index) => index + 1).filter(isRead));
  const state = {
    ...freshState(PLACE.tag),
    uidvalidity: PLACE.uidvalidity,
    uidnext: MESSAGES + 1,
    modseq: 5n,
    held: UidSet.range(1, MESSAGES),
    agreed: new Map([['\\Seen', seen]]),
  };
  await saveState(path, stateText(state), nodeFiles);
  await writeFile(join(path, '.ringpost-mailbox'), JSON.stringify(MARKER));
}

function fileName(uid: number): string {
  const base = formatBase(`1700000000.M${uid}P1Q${uid}R00000000.bench`, 14, { ...PLACE, uid });
  return formatName(base, 'cur', isRead(uid) ? 'S' : '');
}

async function measure(root: string): Promise<{ megabytes: number; seconds: number }> {
  const script = fileURLToPath(import.meta.url);
  const child = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, root]);
  return JSON.parse(child.stdout);
}

async function child(root: string): Promise<void> {
  const started = performance.now();
  const { mailboxes } = await synchronise({
    open: async () => unchangedServer(),
    root,
    targets: [{ mailbox: 'INBOX' }],
    budgetBytes: 0,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
  });
  const seconds = (performance.now() - started) / 1000;
  if (mailboxes[0]?.result !== 'ok') throw new Error(JSON.stringify(mailboxes));
  console.log(JSON.stringify({ megabytes: process.resourceUsage().maxRSS / 1024, seconds }));
}

function unchangedServer(): MailSession {
  const none = async () => [];
  return {
    offers: { condstore: true, qresync: true, uidplus: true, compress: true },
    select: async () => ({
      uidvalidity: PLACE.uidvalidity,
      uidnext: MESSAGES + 1,
      exists: MESSAGES,
      highestModseq: 5n,
      resynced: true,
      changed: [],
      vanished: UidSet.empty,
    }),
    fetchMessages: async () => {},
    fetchFlags: none,
    list: none,
    existing: async (uids) => uids,
    logout: async () => {},
    cost: () => ({ bytesUp: 0, bytesDown: 0, roundTrips: 1 }),
    [Symbol.asyncDispose]: async () => {},
  };
}

const root = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && root) await child(root);
