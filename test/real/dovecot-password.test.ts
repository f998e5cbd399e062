import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { dovecotLine } from '../../src/cli/keys/dovecot-line.ts';
import { devicePassword } from '../../src/server/mail/device-passwords.ts';
import { need } from '../support/program.ts';
import { temporaryDirectory } from '../support/room.ts';

const run = promisify(execFile);

test("Dovecot takes the line of keys enrol for the device's password and for no other", async () => {
  await need('/usr/bin/doveadm', 'dovecot-imapd');
  const room = await temporaryDirectory();
  await chmod(room, 0o755);
  const config = join(room, 'dovecot.conf');
  await writeFile(config, `log_path = ${room}/log\n`);
  const password = devicePassword();
  const line = await dovecotLine('ada', password);
  const [, hash = ''] = /^ada:(\{PBKDF2\}[^:]+)::::::$/.exec(line) ?? [];
  // `doveadm pw -t HASH -p PASSWORD` says whether Dovecot's own code finds them to fit.
  const verify = (tried: string) => run('/usr/bin/doveadm', ['-c', config, 'pw', '-t', hash, '-p', tried]);
  expect((await verify(password)).stdout).toContain('(verified)');
  await expect(verify(`${password}x`)).rejects.toMatchObject({ code: expect.any(Number) });
});
