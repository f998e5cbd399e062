import { mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery } from '../../../src/mail/maildir/batch.ts';
import { type Maildir, openMaildir } from '../../../src/mail/maildir/maildir.ts';
import type { Entry } from '../../../src/mail/maildir/name.ts';
import { temporaryDirectory } from '../../support/room.ts';

const delivery: Delivery = {
  uidvalidity: 7,
  tag: 'pi-1',
  uid: 42,
  internalDate: Date.UTC(2020, 1, 29, 12, 0, 1),
  flags: '',
  folder: 'new',
};

async function* inChunks(bytes: Uint8Array, size = 5): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function bytesOf(maildir: Maildir, entry: Entry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of maildir.read(entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function deliver(maildir: Maildir, text: string | Uint8Array, more: Partial<Delivery> = {}) {
  return maildir.deliver({ ...delivery, ...more }, inChunks(Buffer.from(text as Uint8Array)));
}

test('a delivered message is a Maildir file with LF line ends and its INTERNALDATE', async () => {
  const path = await temporaryDirectory();
  const maildir = await openMaildir(path, { create: true });
  const entry = await deliver(maildir, 'Subject: hi\r\n\r\nBody\r\n');
  expect(entry).toMatchObject({ folder: 'new', flags: '', uid: 42, uidvalidity: 7, tag: 'pi-1', size: 21 });
  // Dovecot takes S= for the size of the file, and W= for that with CRLF.
  expect(entry.base).toContain(',S=18,W=21,');
  expect(await readdir(join(path, 'new'))).toEqual([entry.base]);
  expect(await readdir(join(path, 'tmp'))).toEqual([]);
  expect(await readFile(join(path, 'new', entry.name), 'utf8')).toBe('Subject: hi\n\nBody\n');
  expect(await maildir.internalDate(entry)).toBe(delivery.internalDate);
  expect(await maildir.size(entry)).toBe(21);
  expect(await maildir.list()).toEqual([entry]);
});

test('any bytes in any chunks are read back as they came', async () => {
  const maildir = await openMaildir(await temporaryDirectory(), { create: true });
  const piece = fc.constantFrom('\r\n', '\r', '\n', '\0', 'a', 'Subject: x', '\r\n\r\n', '\xff');
  const content = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.constantFrom('\r\n', 'line\r\n'), { maxLength: 10 })
      .map((lines) => Buffer.from(lines.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 9 }), async (bytes, size) => {
      const entry = await maildir.deliver(delivery, inChunks(bytes, size));
      expect((await bytesOf(maildir, entry)).equals(bytes)).toBe(true);
      expect(entry.size).toBe(bytes.length);
      const onDisk = await readFile(join(maildir.path, entry.folder, entry.name));
      const plain = bytes.toString('latin1');
      const crlfOnly = !/\r(?!\n)|(?<!\r)\n/.test(plain);
      expect(onDisk.toString('latin1')).toBe(crlfOnly ? plain.replaceAll('\r\n', '\n') : plain);
      await maildir.remove(entry);
    }),
    { numRuns: 150 },
  );
  expect(await readdir(join(maildir.path, 'tmp'))).toEqual([]);
});

test('flags rename the file, never its base; Dovecot keyword letters stay as given', async () => {
  const maildir = await openMaildir(await temporaryDirectory(), { create: true });
  const entry = await deliver(maildir, 'x');
  const seen = await maildir.setFlags(entry, 'SFSa');
  expect(seen).toMatchObject({ base: entry.base, folder: 'cur', flags: 'FSa', name: `${entry.base}:2,FSa` });
  expect(await maildir.setFlags(seen, '')).toMatchObject({ base: entry.base, folder: 'cur', flags: '' });
  expect((await maildir.list()).map((one) => one.name)).toEqual([`${entry.base}:2,`]);
  const flagged = await deliver(maildir, 'y', { flags: 'S' });
  expect(flagged).toMatchObject({ folder: 'cur', flags: 'S' });
});

test('a message that a mail reader has renamed is still found', async () => {
  const maildir = await openMaildir(await temporaryDirectory(), { create: true });
  const entry = await deliver(maildir, 'x\r\n');
  await rename(join(maildir.path, 'new', entry.name), join(maildir.path, 'cur', `${entry.base}:2,S`));
  expect((await bytesOf(maildir, entry)).toString()).toBe('x\r\n');
  await maildir.setFlags(entry, 'FS');
  expect(await readdir(join(maildir.path, 'cur'))).toEqual([`${entry.base}:2,FS`]);
  await maildir.remove(entry);
  await maildir.remove(entry);
  expect(await maildir.list()).toEqual([]);
  await expect(maildir.setFlags(entry, 'T')).rejects.toMatchObject({ code: 'message-gone' });
  await expect(bytesOf(maildir, entry)).rejects.toMatchObject({ code: 'message-gone' });
});

test('a delivery that breaks off leaves nothing', async () => {
  const maildir = await openMaildir(await temporaryDirectory(), { create: true });
  async function* cut() {
    yield Buffer.from('Subject: x\r\nbare\nline');
    throw new Error('carrier lost');
  }
  await expect(maildir.deliver(delivery, cut())).rejects.toThrow('carrier lost');
  expect(await readdir(join(maildir.path, 'tmp'))).toEqual([]);
  expect(await maildir.list()).toEqual([]);
});

test('a file that another program changed is refused, one that it wrote is read with CRLF', async () => {
  const maildir = await openMaildir(await temporaryDirectory(), { create: true });
  const entry = await deliver(maildir, 'a\r\nb\r\n');
  await writeFile(join(maildir.path, 'new', entry.name), 'a\nb\nand much more\n');
  await expect(bytesOf(maildir, entry)).rejects.toMatchObject({ code: 'disk' });
  await writeFile(join(maildir.path, 'new', entry.name), 'a\n');
  await expect(bytesOf(maildir, entry)).rejects.toMatchObject({ code: 'disk' });
  await writeFile(join(maildir.path, 'cur', 'theirs:2,S'), 'a\nb\r\n');
  const theirs = (await maildir.list()).find((one) => one.base === 'theirs')!;
  expect((await bytesOf(maildir, theirs)).toString()).toBe('a\r\nb\r\n');
  expect(await maildir.size(theirs)).toBe(6);
});

test('opening sweeps tmp of what is older than 36 hours and of nothing else', async () => {
  const path = await temporaryDirectory();
  await mkdir(join(path, 'tmp'));
  const seconds = Math.floor(Date.now() / 1000);
  for (const name of [`${seconds - 37 * 3600}.M1P1.pi`, `${seconds - 35 * 3600}.M1P1.pi`, 'odd', 'odd-new']) {
    await writeFile(join(path, 'tmp', name), 'x');
  }
  await utimes(join(path, 'tmp', 'odd'), seconds - 40 * 3600, seconds - 40 * 3600);
  await openMaildir(path, { create: true });
  expect((await readdir(join(path, 'tmp'))).sort()).toEqual([`${seconds - 35 * 3600}.M1P1.pi`, 'odd-new']);
  await expect(openMaildir(join(path, 'nowhere'))).rejects.toMatchObject({ code: 'no-mailbox' });
});
