import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveSecrets } from '../../src/base/secrets.ts';
import { temporaryDirectory } from '../support/room.ts';

async function room() {
  const directory = await temporaryDirectory();
  const put = async (name: string, content: string, mode = 0o600) => {
    await writeFile(join(directory, name), content);
    await chmod(join(directory, name), mode);
    return join(directory, name);
  };
  return { directory, put };
}

test('secrets come from files and credentials, wherever they stand, without the line end', async () => {
  const { directory, put } = await room();
  const file = await put('imap', 'hunter2\n');
  await put('token', ' a b \r\n', 0o440);
  const table = {
    imap: { host: 'mail', password: { file } },
    gateways: [{ values: { token: { credential: 'token' } } }, { kind: 'x', file: '/not/a/reference' }],
  };
  expect(await resolveSecrets(table, { credentials: directory })).toEqual({
    issues: [],
    value: {
      imap: { host: 'mail', password: 'hunter2' },
      gateways: [{ values: { token: ' a b ' } }, { kind: 'x', file: '/not/a/reference' }],
    },
  });
});

test.each([
  ['group can read', 0o640],
  ['others can read', 0o604],
  ['others can write', 0o602],
])('a file is refused that %s, with the command that mends it', async (_who, mode) => {
  const { put } = await room();
  const file = await put('secret', 'x', mode);
  const { issues } = await resolveSecrets({ a: { password: { file } } }, { credentials: undefined });
  expect(issues).toEqual([{ key: 'a.password', problem: expect.stringContaining(`chmod 600 ${file}`) }]);
});

test.each([
  ['a file that is missing', { file: '/nowhere/secret' }, /\/nowhere\/secret: there is no such file/],
  ['a file by a relative path', { file: 'secret' }, /absolute path/],
  ['a directory', { file: '/tmp/..' }, /chmod|cannot be read/],
  ['a credential without systemd', { credential: 'pin' }, /LoadCredential=pin:/],
  ['a credential with a path in it', { credential: '../shadow' }, /name of a credential/],
])('%s is named with its key', async (_what, reference, problem) => {
  const { issues } = await resolveSecrets({ list: [{ secret: reference }] }, { credentials: undefined });
  expect(issues).toEqual([{ key: 'list.0.secret', problem: expect.stringMatching(problem) }]);
});

test('a command that needs no credential gets a stand-in', async () => {
  const sources = { credentials: undefined, standIn: '0000' };
  expect(await resolveSecrets({ pin: { credential: 'pin' } }, sources)).toEqual({
    issues: [],
    value: { pin: '0000' },
  });
});
