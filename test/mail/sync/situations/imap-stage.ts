import { expect } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { type Files, nodeFiles } from '../../../../src/base/files.ts';
import { silentLog } from '../../../../src/base/log.ts';
import type { OpenMailSession } from '../../../../src/mail/session.ts';
import type { MailboxResult, SyncResult } from '../../../../src/mail/sync/result.ts';
import { synchronise } from '../../../../src/mail/sync/synchronise.ts';
import { watchedFiles } from '../../../support/watched-files.ts';
import { deviceSide } from './device-side.ts';
import { expectedResults, started } from './run.ts';
import { MAILBOXES, type Scene } from './scene.ts';

const SYNC_MS = 20_000;

export interface ImapParts {
  readonly there: Scene['there'];
  readonly open: OpenMailSession;
  /** Of the copy, on this machine's disk. */
  readonly root: string;
}

/** A server that speaks IMAP, and a copy on the disk. */
export class ImapStage implements Scene {
  readonly there: Scene['there'];
  readonly here: Scene['here'];
  readonly #parts: ImapParts;

  constructor(parts: ImapParts) {
    this.#parts = parts;
    this.there = parts.there;
    this.here = deviceSide(() => ({ root: parts.root, files: nodeFiles }));
  }

  async sync(mailboxes?: readonly string[], accept: readonly string[] = []): Promise<string[]> {
    return (await this.results(mailboxes, accept)).map(({ result }) => result);
  }

  async results(
    mailboxes: readonly string[] = ['INBOX'],
    acceptDeletions: readonly string[] = [],
    files: Files = nodeFiles,
  ): Promise<SyncResult['mailboxes']> {
    const { open, root } = this.#parts;
    const { mailboxes: results } = await synchronise({
      open,
      root,
      targets: mailboxes.map((mailbox) => ({ mailbox })),
      mailboxes: MAILBOXES,
      acceptDeletions,
      budgetBytes: 10_000_000,
      files,
      clock: systemClock,
      log: silentLog,
      signal: AbortSignal.timeout(SYNC_MS),
    });
    return results;
  }

  async dyingSync(change: number): Promise<void> {
    const files = watchedFiles(nodeFiles, (changes) => {
      if (changes >= change) throw new Error('died');
    });
    await this.results(MAILBOXES, [], files);
  }
}

/**
 * The situation from its beginning to its end; then nothing is left to be done. `loosely`: what is compared of the lines of a
 * server that changes messages.
 */
export async function playToTheEnd(
  name: string,
  make: () => Promise<ImapStage>,
  loosely: (line: string) => string = (line) => line,
): Promise<void> {
  const { stage, situation, end, endHere } = await started(name, make);
  const results = await stage.results(situation.sync ?? MAILBOXES, situation.accept);
  const expected = expectedResults(situation);
  if (!situation.here) expect(results.flatMap(({ reason }) => reason ?? [])).toEqual([]);
  expect(results.slice(0, expected.length).map(({ result }) => result)).toEqual(expected);
  await expectBoth(stage, { end, endHere }, loosely);
  const again = await stage.results(MAILBOXES);
  expect(again.map(figures)).toEqual(again.map(() => [0, 0, 0, 0, 0, 0, 0]));
  await expectBoth(stage, { end, endHere }, loosely);
}

/** What both sides hold is what is expected, and the same where it is to be the same, to the byte. */
export async function expectBoth(
  stage: Scene,
  { end, endHere }: { end: string[]; endHere: string[] },
  loosely: (line: string) => string,
  context = '',
): Promise<void> {
  const [there, here] = [await stage.there.lines(), await stage.here.lines()];
  expect(there.map(loosely), context).toEqual(end.map(loosely));
  expect(here.map(loosely), context).toEqual(endHere.map(loosely));
  if (end.join() === endHere.join()) expect(here, context).toEqual(there);
}

function figures(one: MailboxResult): number[] {
  const { fetched, flagged, expunged, appended, transferred, flagsTold, removedThere } = one;
  return [fetched, flagged, expunged, appended, transferred, flagsTold, removedThere];
}
