import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { EmbeddedServer, stageAt } from '../mail/sync/situations/embedded-stage.ts';
import { expectBoth } from '../mail/sync/situations/imap-stage.ts';
import { started } from '../mail/sync/situations/run.ts';
import { MAILBOXES } from '../mail/sync/situations/scene.ts';
import { SITUATIONS } from '../mail/sync/situations/table.ts';
import { randomOf } from '../support/random.ts';
import { temporaryDirectory } from '../support/room.ts';
import type { KilledSync } from './killed-sync.ts';

const SCRIPT = fileURLToPath(new URL('killed-sync.ts', import.meta.url));
const SEEDS = Array.from({ length: 200 }, (_one, index) => index + 1);
const NAMES = Object.keys(SITUATIONS);
/** A synchronisation has up to so many durable steps, and takes about so long, milliseconds; most are shorter. */
const STEPS = 40;
const LONGEST_MS = 200;
/** One that was done before it was killed is no kill: another situation is tried. */
const TRIES = 20;

test.each(SEEDS)('seed %i: a killed process loses nothing and doubles nothing', async (seed) => {
  const random = randomOf(seed);
  let killed = false;
  for (let left = TRIES; left > 0 && !killed; left -= 1) killed = await killOnce(random, seed % 2 === 0);
  expect(killed).toBe(true);
});

/** Whether the process was killed before it was done; the end is the same. */
async function killOnce(random: () => number, bySteps: boolean): Promise<boolean> {
  const name = NAMES[Math.floor(random() * NAMES.length)] as string;
  await using rig = await embedded();
  const { stage, situation, end, endHere } = await started(name, async () => rig.stage);
  const sync = () => stage.sync(MAILBOXES, situation.accept);
  const early = random() ** 2;
  const by = bySteps ? { step: Math.floor(early * STEPS) } : { ms: early * LONGEST_MS };
  const job = { targets: situation.sync ?? MAILBOXES, acceptDeletions: situation.accept ?? [] };
  const killed = await killAt(await rig.job(job), by);
  const context = `${name}, ${JSON.stringify(by)}`;
  expect(await sync(), context).toEqual(MAILBOXES.map((mailbox) => situation.results?.[mailbox] ?? 'ok'));
  await sync();
  await expectBoth(stage, { end, endHere }, (line) => line, context);
  await sync();
  await expectBoth(stage, { end, endHere }, (line) => line, `${context}, once more`);
  return killed;
}

/** The embedded server, and a copy that this process and the killed ones share, one after the other. */
async function embedded() {
  const directory = await temporaryDirectory();
  const server = new EmbeddedServer(join(directory, 'server'));
  const stage = await stageAt(server, directory);
  const job = async (more: Pick<KilledSync, 'targets' | 'acceptDeletions'>): Promise<KilledSync> => ({
    account: await server.access(),
    root: join(directory, 'mail'),
    profilePath: join(directory, 'killed-profile.json'),
    mailboxes: MAILBOXES,
    ...more,
  });
  return { stage, job, [Symbol.asyncDispose]: () => server.stop() };
}

/** Whether it was killed: it may have been done before. */
async function killAt(job: KilledSync, by: { step: number } | { ms: number }): Promise<boolean> {
  const step = 'step' in by ? { step: by.step } : {};
  const child = fork(SCRIPT, [JSON.stringify({ ...job, ...step })], { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit');
  await once(child, 'message');
  if ('ms' in by) {
    await systemClock.sleep(by.ms);
    child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  return signal === 'SIGKILL';
}
