import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDurable } from '../../../src/base/durable.ts';
import { openAddressBook } from '../../../src/server/message/address-book.ts';
import { CABIN, NUMBER } from '../../support/message-office.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { VolatileFiles } from '../../support/volatile-files.ts';

test('R5 the address book keeps contacts over a restart, in a file that only its owner reads', async () => {
  const path = join(await temporaryDirectory(), 'address-book.json');
  const book = await openAddressBook(path);
  await book.add(CABIN);
  await book.add({ ...CABIN, device: 'cabin-2', trigger: 'call', gateways: ['modem'] });
  const again = await openAddressBook(path);
  expect(again.find('cabin-1')).toEqual({ ...CABIN, trigger: 'sms', gateways: [] });
  expect(again.list().map(({ device }) => device)).toEqual(['cabin-1', 'cabin-2']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await again.remove('cabin-1')).toBe(true);
  expect(await again.remove('cabin-1')).toBe(false);
  expect((await openAddressBook(path)).find('cabin-1')).toBeUndefined();
});

test('R5 a contact that could not be reached is refused with all that is wrong', async () => {
  const path = join(await temporaryDirectory(), 'address-book.json');
  const book = await openAddressBook(path);
  const bad = { device: 'Cabin 1', number: '0151 234', key: { id: 70_000, secret: 'ff' } };
  await expect(book.add(bad)).rejects.toMatchObject({
    code: 'bad-contact',
    fields: { problems: { length: 4 } },
  });
  for (const number of [
    '4915112345678',
    '+0151234567',
    `${NUMBER}0000`,
    `${NUMBER};AT+CFUN=0`,
    `${NUMBER}\r`,
  ]) {
    await expect(book.add({ ...CABIN, number }), number).rejects.toMatchObject({ code: 'bad-contact' });
  }
  expect(book.list()).toEqual([]);
});

test('names of object properties are devices like any other', async () => {
  const path = join(await temporaryDirectory(), 'address-book.json');
  const book = await openAddressBook(path);
  for (const device of ['constructor', 'tostring']) expect(book.find(device)).toBeUndefined();
  await book.add({ ...CABIN, device: 'constructor' });
  expect((await openAddressBook(path)).find('constructor')).toMatchObject({ number: NUMBER });
});

test('a broken address book is not replaced', async () => {
  const path = join(await temporaryDirectory(), 'address-book.json');
  await writeFile(path, '{"contacts":{"cabin-1":{}}}');
  await expect(openAddressBook(path)).rejects.toMatchObject({ code: 'broken-document' });
  expect(await readFile(path, 'utf8')).toBe('{"contacts":{"cabin-1":{}}}');
});

test('the book of an earlier version is taken over whole at the first open, also when the power goes in it', async () => {
  const path = '/state/address-book.json';
  const contacts = { 'cabin-1': CABIN, 'cabin-2': { ...CABIN, device: 'cabin-2', trigger: 'call' } };
  for (let cut = 0, done = false; !done; cut += 1) {
    const files = new VolatileFiles();
    await files.makeDirectory('/state');
    await writeDurable(path, JSON.stringify({ contacts }, null, 2), files);
    files.operations = 0;
    files.cutAt = cut;
    done = await openAddressBook(path, files).then(
      () => true,
      () => false,
    );
    files.powerCut();
    const book = await openAddressBook(path, files);
    expect(book.list().map(({ device, trigger }) => [device, trigger])).toEqual([
      ['cabin-1', 'sms'],
      ['cabin-2', 'call'],
    ]);
    expect((await files.read(path)).toString('utf8').split('\n')).toHaveLength(3);
  }
});
