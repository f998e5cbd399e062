import { appendFile, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Files } from '../../../src/base/files.ts';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { IndexState } from '../../../src/server/mail/store/index-state.ts';
import { openMailStore } from '../../../src/server/mail/store/mail-store.ts';
import type { Mailbox } from '../../../src/server/mail/store/mailbox.ts';
import { chunksOfText, mail } from '../../support/mail-server.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { PowerCut, VolatileFiles } from '../../support/volatile-files.ts';

async function openStore(root: string, files?: Files) {
  const clock = new SimulatedClock();
  const store = await openMailStore({ root, clock, log: silentLog, ...(files ? { files } : {}) });
  if (!files) onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

/** What a client can see of a mailbox. */
function seen(mailbox: Mailbox) {
  const { uidvalidity, uidnext, messages } = mailbox;
  return { uidvalidity, uidnext, messages: messages.map(({ uid, flags, size }) => ({ uid, flags, size })) };
}

async function journalOf(directory: string): Promise<string> {
  const name = (await readdir(directory)).find((one) => one.startsWith('ringpost-journal.'));
  return join(directory, name ?? 'none');
}

test('everything is there again after a restart: UIDs, flags, keywords, dates, MODSEQs, expunges, device id', async () => {
  const root = await temporaryDirectory();
  const store = await openStore(root);
  const inbox = await store.mailbox('anna', 'INBOX');
  for (const subject of ['a', 'b', 'c']) {
    await store.deliver('anna', 'INBOX', chunksOfText(mail(subject)), { internalDate: 1_000_000_000_000 });
  }
  await inbox.setFlags({ uids: UidSet.of([1, 3]), mode: 'add', flags: ['$Work', '\\Seen'] });
  await inbox.expunge(UidSet.of([2]), { deletedOnly: false });
  await (await (await store.account('anna')).metadata('INBOX')).offer('handheld-9');
  const before = { ...seen(inbox), messages: [...inbox.messages], modseq: inbox.highestModseq };
  await store[Symbol.asyncDispose]();
  const again = await (await openStore(root)).mailbox('anna', 'INBOX');
  expect({ ...seen(again), messages: again.messages, modseq: again.highestModseq }).toEqual(before);
  expect(again.vanishedSince(before.modseq - 1).toString()).toBe('2');
  expect(again.device).toBe('handheld-9');
});

test('half a line at the end of the journal is dropped, and the Maildir gives back what it was about', async () => {
  const root = await temporaryDirectory();
  const store = await openStore(root);
  await store.deliver('anna', 'INBOX', chunksOfText(mail('a')));
  await store.deliver('anna', 'INBOX', chunksOfText(mail('b')), { flags: ['\\Seen'] });
  const before = seen(await store.mailbox('anna', 'INBOX'));
  await store[Symbol.asyncDispose]();
  const journal = await journalOf(join(root, 'anna'));
  const text = await readFile(journal, 'utf8');
  await writeFile(journal, text.slice(0, -20));
  const again = await (await openStore(root)).mailbox('anna', 'INBOX');
  expect(seen(again)).toEqual(before);
});

test('damage in the middle of the journal: counters jump ahead, so that no client misses anything', async () => {
  const root = await temporaryDirectory();
  const store = await openStore(root);
  for (const subject of ['a', 'b', 'c']) await store.deliver('anna', 'INBOX', chunksOfText(mail(subject)));
  const { highestModseq } = await store.mailbox('anna', 'INBOX');
  await store[Symbol.asyncDispose]();
  const journal = await journalOf(join(root, 'anna'));
  const lines = (await readFile(journal, 'utf8')).split('\n');
  lines[1] = '["add",2,nonsense';
  await writeFile(journal, lines.join('\n'));
  const again = await (await openStore(root)).mailbox('anna', 'INBOX');
  expect(again.messages).toHaveLength(3);
  expect(again.highestModseq).toBeGreaterThan(highestModseq + 1000);
  expect(again.uidnext).toBeGreaterThan(1000);
  expect(again.uids().has(1) && again.uids().has(3)).toBe(true);
});

test('what other programs do in the Maildir is seen: new files, flags in names, removals, copies', async () => {
  const root = await temporaryDirectory();
  const store = await openStore(root);
  for (const subject of ['a', 'b']) await store.deliver('anna', 'INBOX', chunksOfText(mail(subject)));
  const inbox = await store.mailbox('anna', 'INBOX');
  const fresh = join(root, 'anna', 'new');
  const names = await readdir(fresh);
  const [first, second] = [1, 2].map((uid) => names.find((name) => name.endsWith(`.${uid}`)));
  await rename(join(fresh, first!), join(root, 'anna', 'cur', `${first}:2,FSx`));
  await unlink(join(fresh, second!));
  await writeFile(join(fresh, '99.foreign.host'), 'Subject: dropped\n\nunix line ends\n');
  await writeFile(join(root, 'anna', 'cur', '98.copy,S=3,U=1.other.77:2,S'), 'abc');
  const events: unknown[] = [];
  store.onStored(({ via, count }) => events.push([via, count]));
  await inbox.look();
  expect(seen(inbox).messages).toEqual([
    { uid: 1, flags: ['\\Flagged', '\\Seen'], size: expect.any(Number) },
    { uid: 3, flags: ['\\Seen'], size: 3 },
    { uid: 4, flags: [], size: 'Subject: dropped\r\n\r\nunix line ends\r\n'.length },
  ]);
  expect(events).toEqual([['found', 2]]);
  // Dovecot's letter stays when the flags are changed here.
  await inbox.setFlags({ uids: UidSet.of([1]), mode: 'remove', flags: ['\\Seen'] });
  expect((await readdir(join(root, 'anna', 'cur'))).some((name) => name.endsWith(':2,Fx'))).toBe(true);
});

test('the power is cut at every write: nothing that was acknowledged is lost, no UID is given twice', async () => {
  const base = new VolatileFiles();
  await base.makeDirectory('/mail');
  base.settle();
  const steps = async (files: VolatileFiles, done: string[]) => {
    const store = await openStore('/mail', files);
    const inbox = await store.mailbox('anna', 'INBOX');
    done.push(`uidvalidity ${inbox.uidvalidity}`);
    for (const subject of ['a', 'b', 'c']) {
      const { uid } = await store.deliver('anna', 'INBOX', chunksOfText(mail(subject)));
      done.push(`stored ${uid} ${subject}`);
    }
    await inbox.setFlags({ uids: UidSet.of([1]), mode: 'add', flags: ['\\Seen', '$Work'] });
    done.push('flagged 1');
    await inbox.expunge(UidSet.of([2]), { deletedOnly: false });
    done.push('expunged 2');
  };
  const dry = base.clone();
  await steps(dry, []);
  const total = dry.operations;
  expect(total).toBeGreaterThan(20);
  for (let cut = 1; cut <= total; cut += 1) {
    const files = base.clone();
    files.cutAt = cut;
    const done: string[] = [];
    await steps(files, done).catch((error: unknown) => {
      if (!isPowerCut(error)) throw error;
    });
    files.powerCut();
    const store = await openStore('/mail', files);
    const inbox = await store.mailbox('anna', 'INBOX');
    const said = done.join(', ');
    const found = new Map<string, number>();
    for (const message of inbox.messages) found.set(await subjectOf(inbox, message.uid), message.uid);
    for (const [, uid, subject] of said.matchAll(/stored (\d) (\w)/g)) {
      if (subject === 'b' && found.get('b') === undefined && done.length >= 5) continue;
      expect(found.get(subject as string), `cut at ${cut} after: ${said}`).toBe(Number(uid));
    }
    if (done.includes('flagged 1')) expect(inbox.get(1)?.flags).toEqual(['$Work', '\\Seen']);
    if (done.includes('expunged 2')) expect(inbox.get(2)).toBeUndefined();
    const [validity] = done;
    if (validity) expect(`uidvalidity ${inbox.uidvalidity}`).toBe(validity);
    const next = await store.deliver('anna', 'INBOX', chunksOfText(mail('next')));
    expect(next.uid, `cut at ${cut} after: ${said}`).toBeGreaterThan(Math.max(0, ...found.values()));
    expect(next.uid).toBeGreaterThan(done.filter((one) => one.startsWith('stored')).length);
  }
});

function isPowerCut(error: unknown): boolean {
  if (error instanceof PowerCut) return true;
  return error instanceof Error && error.cause !== undefined && isPowerCut(error.cause);
}

async function subjectOf(mailbox: Mailbox, uid: number): Promise<string> {
  const message = mailbox.get(uid);
  if (!message) return '';
  const chunks: Uint8Array[] = [];
  for await (const chunk of mailbox.read(message)) chunks.push(chunk);
  return /Subject: (\w+)/.exec(Buffer.concat(chunks).toString())?.[1] ?? '';
}

test('a slow message holds up nobody, and gets its UID only when it is whole', async () => {
  const store = await openStore(await temporaryDirectory());
  let goOn = () => {};
  const waiting = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  async function* slow() {
    yield Buffer.from('Subject: slow\r\n\r\n');
    await waiting;
    yield Buffer.from('end\r\n');
  }
  const slowly = store.deliver('anna', 'INBOX', slow());
  const quick = await store.deliver('anna', 'INBOX', chunksOfText(mail('quick')));
  goOn();
  expect([quick.uid, (await slowly).uid]).toEqual([1, 2]);
});

test('a name that comes back has a higher UIDVALIDITY; a deleted mailbox refuses its old holders', async () => {
  const store = await openStore(await temporaryDirectory());
  const account = await store.account('anna');
  await account.create('Folder');
  const first = await account.mailbox('Folder');
  await account.delete('Folder');
  await account.create('folder.with.dots/and % signs');
  await account.create('Folder');
  const second = await account.mailbox('Folder');
  expect(second.uidvalidity).toBeGreaterThan(first.uidvalidity);
  await expect(first.add([], undefined)).rejects.toMatchObject({ code: 'no-mailbox' });
  await expect(account.create('../../etc')).resolves.toBeUndefined();
  await expect(account.create('a//b')).rejects.toMatchObject({ code: 'bad-mailbox-name' });
  await expect(account.delete('inbox')).rejects.toMatchObject({ code: 'bad-mailbox-name' });
  await account.rename('INBOX', 'Old');
  expect(await account.names()).toEqual([
    'INBOX',
    '..',
    '../..',
    '../../etc',
    'Folder',
    'Old',
    'folder.with.dots',
    'folder.with.dots/and % signs',
  ]);
});

test('expunges that are forgotten: every UID that is asked for and does not exist counts as vanished', () => {
  const state = new IndexState();
  for (let uid = 1; uid <= 10_000; uid += 1) state.apply(['add', uid, uid, [], 0, 1, `m${uid}`]);
  for (let uid = 1; uid <= 9_000; uid += 2) state.apply(['expunge', 20_000 + uid, UidSet.of([uid])]);
  expect(state.vanishedSince(28_990).toString()).toBe('8991,8993,8995,8997,8999');
  const known = UidSet.parse('1:4,9000:20000');
  expect(state.vanishedSince(20_001, known).toString()).toBe('1,3');
  expect(state.vanishedSince(0, UidSet.parse('9:11')).toString()).toBe('9,11');
});

test('a journal that grew long is rewritten, and says the same', async () => {
  const root = await temporaryDirectory();
  const store = await openStore(root);
  await store.deliver('anna', 'INBOX', chunksOfText(mail('a')));
  const inbox = await store.mailbox('anna', 'INBOX');
  await store[Symbol.asyncDispose]();
  const journal = await journalOf(join(root, 'anna'));
  const lines = Array.from({ length: 3_000 }, (_, at) => `["flags",${at + 3},"1",["k${at % 7}"]]\n`);
  await appendFile(journal, lines.join(''));
  const again = await (await openStore(root)).mailbox('anna', 'INBOX');
  await again.setFlags({ uids: UidSet.of([1]), mode: 'add', flags: ['\\Seen'] });
  const rewritten = await journalOf(join(root, 'anna'));
  expect(rewritten).not.toBe(journal);
  expect((await readFile(rewritten, 'utf8')).split('\n').length).toBeLessThan(5);
  expect(again.highestModseq).toBe(3_003);
  expect(again.uidvalidity).toBe(inbox.uidvalidity);
});
