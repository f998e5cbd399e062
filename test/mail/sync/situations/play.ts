import { expect } from 'vitest';
import type { MailboxResult, SyncResult } from '../../../../src/mail/sync/result.ts';
import { linesFor } from './contents.ts';
import { MAILBOXES, type Scene, type Situation } from './scene.ts';

/** Both sides, mailbox by mailbox, and the files' names. */
export async function both({ server, device }: Scene) {
  const sides = MAILBOXES.map(async (mailbox) => {
    const [there, here] = await Promise.all([server.list(mailbox), device.list(mailbox)]);
    return [mailbox, { there, here }] as const;
  });
  return Object.fromEntries(await Promise.all(sides));
}

/** What the situation's table says. */
export function expected({ after, here = after }: Situation) {
  return Object.fromEntries(
    MAILBOXES.map((mailbox) => [
      mailbox,
      { there: linesFor(after[mailbox] ?? ''), here: linesFor(here[mailbox] ?? '') },
    ]),
  );
}

/** Brings the scene to where the situation begins. */
export async function prepare(scene: Scene, situation: Situation): Promise<void> {
  if (situation.before) {
    await situation.before(scene);
    expectResults(await scene.sync(), {});
  }
  await situation.change(scene);
}

export function expectResults(
  { mailboxes }: SyncResult,
  { results = {} }: Pick<Situation, 'results'>,
  context = '',
): void {
  const said = mailboxes.map(({ mailbox, result, reason }) => ({
    mailbox,
    result,
    ...(result === 'ok' ? {} : { reason }),
  }));
  const wanted = mailboxes.map(({ mailbox }) => {
    const result = results[mailbox] ?? 'ok';
    return { mailbox, result, ...(result === 'ok' ? {} : { reason: expect.any(String) }) };
  });
  expect(said, context).toEqual(wanted);
}

/** Nothing crosses the air any more, and nothing changes on either side. */
export async function expectRest(scene: Scene, situation: Situation, context = ''): Promise<void> {
  const before = { both: await both(scene), paths: await scene.device.paths() };
  const result = await scene.sync();
  expectResults(result, situation, `${context}, once more`);
  expect(result.mailboxes.map(figures), `${context}, once more`).toEqual(
    result.mailboxes.map(() => [0, 0, 0, 0, 0, 0, 0]),
  );
  const after = { both: await both(scene), paths: await scene.device.paths() };
  expect(after, `${context}, once more`).toEqual(before);
}

/** The situation from its beginning to its end, without a cut. */
export async function play(scene: Scene, situation: Situation): Promise<void> {
  await prepare(scene, situation);
  expectResults(await scene.sync(situation.options), situation);
  expect(await both(scene)).toEqual(expected(situation));
  await expectRest(scene, situation);
}

function figures(one: MailboxResult): number[] {
  const { fetched, flagged, expunged, appended, transferred, flagsTold, removedThere } = one;
  return [fetched, flagged, expunged, appended, transferred, flagsTold, removedThere];
}
