import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDevicePasswords } from '../../../src/server/mail/device-passwords.ts';
import { hashPassword } from '../../../src/server/mail/password-hash.ts';
import { makeUsers } from '../../../src/server/mail/users.ts';
import { temporaryDirectory } from '../../support/room.ts';

const USERS = [
  { name: 'ada', password: 'her own', addresses: ['ada@example.org'] },
  { name: 'bob', password: 'his own', addresses: ['bob@example.org'] },
];

test("a device's password logs in its user and nobody else, over a restart, until it is taken back", async () => {
  const path = join(await temporaryDirectory(), 'mail-passwords.json');
  const made = await openDevicePasswords(path);
  const one = await made.make('pocket-1', 'ada');
  const other = await made.make('pocket-2', 'ada');
  const passwords = await openDevicePasswords(path);
  const users = makeUsers(USERS, { devicePasswords: passwords });
  const names = async (name: string, ...tried: string[]) =>
    Promise.all(tried.map(async (password) => (await users.authenticate(name, password))?.user.name));

  // Twice: the second time it is known without scrypt.
  for (const _ of [1, 2]) expect(await names('ada', one, other, 'her own')).toEqual(['ada', 'ada', 'ada']);
  const almost = `${one.slice(0, -1)}${one.endsWith('A') ? 'B' : 'A'}`;
  expect(await names('ada', almost, 'his own', '')).toEqual([undefined, undefined, undefined]);
  expect(await names('bob', one, 'her own')).toEqual([undefined, undefined]);
  expect(await names('nobody', one)).toEqual([undefined]);

  expect(await passwords.remove('pocket-1')).toBe(true);
  expect(await passwords.remove('pocket-1')).toBe(false);
  expect(await names('ada', one, other, 'her own')).toEqual([undefined, 'ada', 'ada']);
  const again = await passwords.make('pocket-2', 'ada');
  expect(await names('ada', other, again)).toEqual([undefined, 'ada']);
});

test('only a hash is on the disk, in a file that only its owner reads', async () => {
  const path = join(await temporaryDirectory(), 'mail-passwords.json');
  const password = await (await openDevicePasswords(path)).make('pocket-1', 'ada');
  const text = await readFile(path, 'utf8');
  expect(text).toContain('scrypt$16384$8$1$');
  expect(text).not.toContain(password.slice(6));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a hash in the configuration that is none is refused at once', async () => {
  const users = [
    { ...USERS[0]!, password: 'scrypt$1$x' },
    { ...USERS[1]!, password: await hashPassword('x') },
  ];
  expect(() => makeUsers(users)).toThrow(expect.objectContaining({ code: 'bad-password-hash' }));
});
