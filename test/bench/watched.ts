import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposables } from '../../src/base/disposables.ts';
import { makeCertificate } from '../../src/cli/certificate.ts';
import type { Benchmark, Figures, Row, Running } from './harness/benchmark.ts';
import { startChild } from './harness/child.ts';
import { compileScripts } from './harness/compile.ts';
import { scratchDirectory } from './harness/scratch.ts';
import type { WatchedAnswer, WatchedJob } from './harness/watched-process.ts';
import type { WatchedServerAnswer, WatchedServerJob } from './harness/watched-server-process.ts';
import { WATCHED_PASSWORD, watchedUser } from './harness/watched-users.ts';

const MAILBOXES = 1000;
/** What a mailbox may cost, kB. */
const LIMIT_KB = 250;
const MAILS = 20;

export const benchmark: Benchmark = {
  measures: `Memory of the watcher with ${MAILBOXES.toLocaleString('en')} mailboxes in one process, and how soon it tells of a mail`,
  how: `Each line is a process of its own, compiled as by npm run build, with a connection over TLS on loopback for each mailbox, all in IDLE. The
embedded mail server is another process. Resident memory is the kernel's (VmRSS) after a collection; the delay is from the 250
of SMTP to the trigger agent, of ${MAILS} mails one after another. Per mailbox: what the process grew by since its modules were loaded.`,
  async run(signal, { progress }): Promise<Figures> {
    await using rig = await watchedRig(signal, progress);
    const rows: Row[] = [];
    const problems: string[] = [];
    for (const mailboxes of [1, 100, MAILBOXES]) {
      progress(`watching ${mailboxes} mailboxes`);
      const answer = await rig.watch(mailboxes);
      const each = ((answer.idling - answer.before) * 1024) / mailboxes;
      rows.push(row(mailboxes, answer, each));
      if (mailboxes === MAILBOXES && each > LIMIT_KB)
        problems.push(`${each.toFixed(0)} kB for a mailbox, the limit is ${LIMIT_KB} kB`);
    }
    return { rows, problems };
  },
};

function row(mailboxes: number, { before, idling, peak, seconds, delays }: WatchedAnswer, each: number): Row {
  const sorted = [...delays].sort((one, other) => one - other);
  return {
    'mailboxes watched': mailboxes,
    'modules loaded, MB': before,
    'all in IDLE, MB': idling,
    'peak, MB': peak,
    'per mailbox, kB': each,
    'until all were looked at, s': seconds,
    'mail to trigger, median ms': sorted[Math.floor(sorted.length / 2)] ?? 0,
    'worst, ms': sorted.at(-1) ?? 0,
  };
}

interface WatchedRig extends AsyncDisposable {
  watch(mailboxes: number): Promise<WatchedAnswer>;
}

async function watchedRig(signal: AbortSignal, progress: Running['progress']): Promise<WatchedRig> {
  const owned = new Disposables();
  try {
    const scratch = owned.use(await scratchDirectory());
    const root = join(scratch.path, 'server');
    await mkdir(root);
    const tls = await makeCertificate('localhost');
    const scripts = owned.use(await compileScripts(signal));
    const script = (name: string) => join(scripts.path, `${name}.js`);
    progress(`a mail server with ${MAILBOXES} users`);
    const job: WatchedServerJob = { root, users: MAILBOXES, tls };
    const server = owned.use(
      await startChild<WatchedServerAnswer>(script('watched-server-process'), job, signal),
    );
    return {
      async watch(mailboxes) {
        const users = Array.from({ length: mailboxes }, (_, at) => watchedUser(at));
        const state = join(scratch.path, `watch-${mailboxes}`);
        const { cert: ca } = tls;
        const run: WatchedJob = {
          ...server.answer,
          ca,
          users,
          password: WATCHED_PASSWORD,
          mails: MAILS,
          state,
        };
        await using child = await startChild<WatchedAnswer>(script('watched-process'), run, signal);
        return child.answer;
      },
      [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
    };
  } catch (error) {
    await owned[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}
