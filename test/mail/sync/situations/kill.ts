import { expect } from 'vitest';
import type { Offers } from '../../../../src/mail/session.ts';
import type { MemoryServerOptions } from '../../../support/memory-server.ts';
import { ROOT } from '../sync-room.ts';
import { MemoryStage } from './memory-stage.ts';
import { started } from './run.ts';
import { MAILBOXES } from './scene.ts';

export type How = 'power cut' | 'kill' | 'before a command' | 'after a command';
export const WAYS: readonly How[] = ['power cut', 'kill', 'before a command', 'after a command'];

/**
 * Cuts the synchronisation of a situation at every `stride`-th place, goes on, and compares both sides with the end that the
 * table says; then nothing may be left to do. Gives the number of cuts.
 */
export async function cutEverywhere(
  name: string,
  how: How,
  { offers = {}, stride = 1, first = 0 }: { offers?: Partial<Offers>; stride?: number; first?: number },
): Promise<number> {
  const start = await started(name, () => new MemoryStage(offers));
  const { stage, situation } = start;
  const targets = situation.sync ?? MAILBOXES;
  const restore = stage.keep();
  stage.serve();
  await stage.sync(targets, situation.accept);
  const places =
    how === 'power cut' || how === 'kill' ? stage.room.files.operations : stage.room.server.commands;
  let cuts = 0;
  for (let cut = first; cut < places; cut += stride) {
    restore();
    await cutAt(start, how, cut);
    await wholeAgain(start, `${how} at ${cut} of ${places}`);
    cuts += 1;
  }
  return cuts;
}

type Started = Awaited<ReturnType<typeof started<MemoryStage>>>;

async function cutAt({ stage, situation }: Started, how: How, cut: number): Promise<void> {
  const server: Partial<Record<How, MemoryServerOptions>> = {
    'before a command': { cutAtCommand: cut },
    'after a command': { cutAfterCommand: cut },
  };
  stage.serve(server[how]);
  if (!server[how]) stage.room.files.cutAt = cut;
  await stage.sync(situation.sync ?? MAILBOXES, situation.accept);
  // Without its connection the program goes on; the power may still go.
  if (how === 'power cut') stage.room.files.powerCut();
  else stage.room.files.settle();
  stage.serve();
}

/** Resumed, both sides are as they are to be, and once more changes nothing. */
async function wholeAgain({ stage, situation, end, endHere }: Started, context: string): Promise<void> {
  const { server, files } = stage.room;
  const sync = () => stage.sync(MAILBOXES, situation.accept);
  const both = async () => [await stage.there.lines(), await stage.here.lines()];
  expect(await sync(), context).toEqual(MAILBOXES.map((mailbox) => situation.results?.[mailbox] ?? 'ok'));
  // What one mailbox heard of too late for another in this session is done in the next.
  await sync();
  expect(await both(), context).toEqual([end, endHere]);
  server.forgetLog();
  await sync();
  expect(server.bodies, context).toEqual([]);
  expect(
    server.log.filter((line) => !/^(\||SELECT|FETCH|SEARCH|LOGOUT)/.test(line)),
    context,
  ).toEqual([]);
  expect(await both(), context).toEqual([end, endHere]);
  const leftOver = (path: string) => path.startsWith(`${ROOT}/`) && path.endsWith('.tmp');
  expect(files.paths().filter(leftOver), context).toEqual([]);
}
