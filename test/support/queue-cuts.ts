import { expect } from 'vitest';
import type { Manners } from '../mail/outbox/submission-server.ts';
import { submissionServer } from '../mail/outbox/submission-server.ts';
import { copiesFor, openQueue, submit } from './mail-queue.ts';
import { inboxOf } from './smtp-talk.ts';
import { PowerCut, VolatileFiles } from './volatile-files.ts';

const BRISK = { retry: { first: 5, longest: 5 } };
const TO = ['bert@example.org', 'carl@elsewhere.example', 'dora@elsewhere.example'];

/** Submits; the power goes at that operation; what is left goes on. */
async function cutAt(operation: number, manners: Partial<Manners>) {
  const files = new VolatileFiles();
  const smarthost = await submissionServer(manners);
  const first = await openQueue(files, smarthost.connect, BRISK);
  await first.store.mailbox('anna', 'INBOX');
  await first.store.mailbox('bert', 'INBOX');
  files.settle();
  files.cutAt = operation;
  const accepted = await submit(first, TO).then(
    () => true,
    (error: unknown) => {
      if (error instanceof PowerCut) return false;
      throw error;
    },
  );
  const isCut = () => files.operations >= operation;
  if (accepted) await expect.poll(() => isCut() || first.queue.length === 0, { interval: 2 }).toBe(true);
  const cut = isCut();
  await first.stop();
  files.powerCut();
  const second = await openQueue(files, smarthost.connect, BRISK);
  await expect.poll(() => second.queue.length, { interval: 2 }).toBe(0);
  return { accepted, cut, smarthost, files, ...second };
}

/** Cuts the power at every `step`th operation, from the submission to the end. */
async function everyCut(
  manners: Partial<Manners>,
  step: number,
  check: (after: Awaited<ReturnType<typeof cutAt>>) => Promise<void>,
): Promise<void> {
  let accepted = 0;
  for (let operation = 0; ; operation += step) {
    const after = await cutAt(operation, manners);
    await check(after);
    expect(after.files.paths().filter((path) => path.startsWith('/queue'))).toEqual([]);
    await after.stop();
    await after.smarthost.close();
    if (after.accepted) accepted += 1;
    if (!after.cut) break;
  }
  // Also those cuts were among them that come after the 250.
  expect(accepted * step).toBeGreaterThan(5);
}

/** The power goes at any operation: what was accepted reaches all, and nobody here has it twice. */
export async function cutsWithoutTrouble(step: number): Promise<void> {
  await everyCut({}, step, async ({ accepted, store, smarthost }) => {
    const here = await inboxOf({ store }, 'bert');
    expect(here.length).toBeLessThanOrEqual(1);
    const elsewhere = copiesFor(smarthost, 'carl@elsewhere.example');
    expect(copiesFor(smarthost, 'dora@elsewhere.example')).toBe(elsewhere);
    if (accepted)
      expect([here.length, elsewhere]).toEqual([1, expect.toSatisfy((count) => count === 1 || count === 2)]);
    for (const { text } of smarthost.received) expect(text).toContain('Message-ID: <one@example.org>');
    expect(await inboxOf({ store }, 'anna')).toEqual([]);
  });
}

/** The same when one is refused: the sender is told once, not twice, not never. */
export async function cutsWithBounce(step: number): Promise<void> {
  const recipient = (address: string) => (address.startsWith('carl') ? 550 : undefined);
  await everyCut({ recipient }, step, async ({ accepted, store, smarthost }) => {
    const told = await inboxOf({ store }, 'anna');
    if (accepted) expect(told).toHaveLength(1);
    else expect(told.length).toBeLessThanOrEqual(1);
    for (const one of told) expect(one).toContain('Final-Recipient: rfc822; carl@elsewhere.example');
    if (accepted) expect(copiesFor(smarthost, 'dora@elsewhere.example')).toBeGreaterThanOrEqual(1);
    expect(copiesFor(smarthost, 'carl@elsewhere.example')).toBe(0);
  });
}
