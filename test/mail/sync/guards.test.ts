import { expect, test } from 'vitest';
import { forgetCopy } from '../../../src/mail/sync/registry.ts';
import { copyStatus } from '../../../src/mail/sync/status.ts';
import { VolatileFiles } from '../../support/volatile-files.ts';
import { mail, ROOT, SyncRoom } from './sync-room.ts';

async function roomWith(names: string): Promise<SyncRoom> {
  const room = new SyncRoom();
  for (const name of names) room.inbox.add(mail(name));
  await room.sync();
  room.server.forgetLog();
  return room;
}

/** The disk under the root is another one, and empty. */
async function loseMount(room: SyncRoom): Promise<void> {
  const registry = await room.files.read(`${ROOT}.mailboxes.json`);
  room.files = new VolatileFiles(() => room.clock.now());
  await room.files.makeDirectory(ROOT);
  const writer = await room.files.create(`${ROOT}.mailboxes.json`);
  await writer.write(registry);
}

test('a lost mount is no empty copy: nothing is done until the user says so', async () => {
  const room = await roomWith('abc');
  await loseMount(room);
  const before = room.files.paths();
  expect(await room.sync()).toMatchObject({ result: 'guarded', fetched: 0 });
  expect(room.files.paths()).toEqual(before);
  expect(room.server.log).toEqual([]);
  expect(await copyStatus(ROOT, { files: room.files })).toMatchObject([
    { mailbox: 'INBOX', problem: 'missing' },
  ]);
  await forgetCopy({ root: ROOT, mailbox: 'INBOX', files: room.files });
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 3 });
});

test("another program's Maildir is not taken over", async () => {
  const room = new SyncRoom();
  room.inbox.add(mail('a'));
  await room.files.makeDirectory(`${ROOT}/cur`);
  await room.files.create(`${ROOT}/cur/1.theirs:2,`);
  expect(await room.sync()).toMatchObject({
    result: 'guarded',
    reason: expect.stringContaining('another program'),
  });
  expect(room.files.paths()).not.toContain(`${ROOT}/.ringpost-mailbox`);
});

test('without its cur the copy is damaged, not emptied by the user', async () => {
  const room = await roomWith('a');
  room.files.stat = async (path) => {
    if (path === `${ROOT}/cur`) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    return VolatileFiles.prototype.stat.call(room.files, path);
  };
  expect(await room.sync()).toMatchObject({ result: 'guarded' });
});

test('a broken state is refused and kept; without state the mail here is found again', async () => {
  const room = await roomWith('abc');
  await room.files.unlink(`${ROOT}/.ringpost-state`);
  const broken = await room.files.create(`${ROOT}/.ringpost-state`);
  await broken.write(Buffer.from('{"version":1'));
  expect(await room.sync()).toMatchObject({
    result: 'failed',
    reason: expect.stringContaining('not a state'),
  });
  expect((await room.files.read(`${ROOT}/.ringpost-state`)).toString()).toBe('{"version":1');
  await room.files.unlink(`${ROOT}/.ringpost-state`);
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 0, reached: { uidnext: 4 } });
  expect(await room.copy()).toEqual(room.serverCopy());
});

test.each([
  [
    'UIDNEXT',
    (room: SyncRoom) => Object.assign(room.inbox, { uidnext: 2, messages: room.inbox.messages.slice(0, 1) }),
  ],
  ['HIGHESTMODSEQ', (room: SyncRoom) => Object.assign(room.inbox, { modseq: 11n })],
])('%s going back changes nothing on either side', async (what, goBack) => {
  const room = await roomWith('abc');
  const before = await room.copy();
  goBack(room);
  expect(await room.sync()).toMatchObject({ result: 'guarded', reason: expect.stringContaining(what) });
  expect(await room.copy()).toEqual(before);
});

test('the first download over the budget asks, with figures, and crosses no air until then', async () => {
  const room = new SyncRoom();
  for (const name of 'abcd') room.inbox.add(mail(name, 'x'.repeat(300)));
  const bytes = room.inbox.messages.reduce((sum, one) => sum + one.content.length, 0);
  const asked = await room.sync({ budgetBytes: 1000 });
  expect(asked).toMatchObject({ result: 'consent-needed', fetched: 0 });
  expect(asked.reason).toContain(`4 messages with ${bytes} bytes`);
  expect(room.server.bodies).toEqual([]);
  room.server.forgetLog();
  expect(await room.sync({ budgetBytes: 1000 })).toMatchObject({ result: 'consent-needed' });
  expect(room.server.log).toEqual([]);
  room.server.options = { cutAfterBytes: 800 };
  expect(await room.sync({ budgetBytes: 1000, consent: true })).toMatchObject({
    result: 'failed',
    fetched: 2,
  });
  room.server.options = {};
  expect(await room.sync({ budgetBytes: 100 })).toMatchObject({ result: 'ok', fetched: 2 });
  room.inbox.add(mail('e', 'x'.repeat(300)));
  expect(await room.sync({ budgetBytes: 100 })).toMatchObject({ result: 'consent-needed', fetched: 0 });
});

test('a mailbox whose list alone is over the budget is not even listed', async () => {
  const room = new SyncRoom();
  for (let index = 0; index < 20; index += 1) room.inbox.add(mail(`${index}`));
  expect(await room.sync({ budgetBytes: 2000 })).toMatchObject({ result: 'consent-needed' });
  expect(room.server.log.filter((line) => line.startsWith('LIST'))).toEqual([]);
});

test('new mail over the budget is held back by the hint, flags still come', async () => {
  const room = await roomWith('ab');
  room.inbox.setFlags(1, ['\\Seen']);
  room.inbox.add(mail('big', 'x'.repeat(5000)));
  const hint = { count: 1, size: 5100 };
  const held = await room.sync({ budgetBytes: 1000, hint });
  expect(held).toMatchObject({ result: 'consent-needed', flagged: 1, fetched: 0, reached: { uidnext: 3 } });
  expect(room.server.bodies).toEqual([]);
  expect(await room.sync({ budgetBytes: 1000, hint, consent: true })).toMatchObject({
    result: 'ok',
    fetched: 1,
  });
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('without a hint the download stops at the budget, and what came is kept', async () => {
  const room = await roomWith('a');
  for (const name of 'bcd') room.inbox.add(mail(name, 'x'.repeat(400)));
  expect(await room.sync({ budgetBytes: 1000 })).toMatchObject({ result: 'consent-needed', fetched: 2 });
  expect(room.server.bodies).toEqual([2, 3]);
  expect(await room.sync({ budgetBytes: 1000 })).toMatchObject({ result: 'ok', fetched: 1 });
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a full disk fails the mailbox, keeps what came and ends the session', async () => {
  const room = await roomWith('a');
  for (const name of 'bcd') room.inbox.add(mail(name));
  let created = 0;
  room.files.create = async (path) => {
    const message = path.includes('/tmp/');
    if (message) created += 1;
    if (message && created === 3) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    return VolatileFiles.prototype.create.call(room.files, path);
  };
  expect(await room.sync()).toMatchObject({ result: 'failed', reason: 'no space left', fetched: 2 });
  expect(await room.sync()).toMatchObject({ result: 'ok', fetched: 1 });
  expect(await room.copy()).toEqual(room.serverCopy());
});

test('a mailbox that is not at the server fails, the others are synchronised', async () => {
  const room = await roomWith('a');
  const { mailboxes } = await room.sync({ targets: [{ mailbox: 'Nowhere' }, { mailbox: 'INBOX' }] });
  expect(mailboxes.map((one) => one.result)).toEqual(['failed', 'ok']);
});
