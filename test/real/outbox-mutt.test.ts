import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { submitOutbox } from '../../src/mail/outbox/submit.ts';
import { certificate } from '../mail/imap/scripted-server.ts';
import { submissionServer } from '../mail/outbox/submission-server.ts';
import { need } from '../support/program.ts';
import { temporaryDirectory } from '../support/room.ts';

/** The lines that the README gives to users. */
async function muttrc(): Promise<string> {
  const lines = /```muttrc\n(.*?)```/s.exec(await readFile('README.md', 'utf8'))?.[1];
  if (!lines) throw new Error('README.md has no muttrc');
  return `${lines}set from=ada@example.org realname=Ada\n`;
}

/** mutt sends a message that is typed as text. */
async function write(home: string, words: readonly string[], text: string): Promise<void> {
  const env = { ...process.env, HOME: home, LC_ALL: 'C.UTF-8' };
  await new Promise<void>((resolve, reject) => {
    const mutt = execFile(
      'mutt',
      ['-F', join(home, 'muttrc'), ...words],
      { env, timeout: 30_000 },
      (error) => (error ? reject(error) : resolve()),
    );
    mutt.stdin?.end(text);
  });
}

test('D6 what mutt writes with the lines of the README is submitted and filed in Sent', async () => {
  await need('mutt', 'mutt');
  const home = await temporaryDirectory();
  const root = join(home, 'Mail');
  await mkdir(root);
  await writeFile(join(home, 'muttrc'), await muttrc());
  const server = await submissionServer({
    recipient: (address) => (address === 'nobody@example.org' ? 550 : undefined),
  });
  const account = {
    ...{ host: 'mail.example', port: server.port, user: 'ada', password: 'secret' },
    tls: { mode: 'implicit' as const, ca: (await certificate()).cert },
  };
  const options = { root, connect: server.connect, account, clock: systemClock, log: silentLog };
  const submit = () => submitOutbox({ ...options, signal: AbortSignal.timeout(60_000) });
  expect(await submit()).toMatchObject({ sent: [], left: 0 });

  const words = ['-s', 'Grüße', '-b', 'eve@example.org', '-a', 'package.json', '--'];
  await write(home, [...words, 'Bob <bob@example.org>'], 'Hällo\n.\n');
  await write(home, ['-s', 'Wrong', '--', 'nobody@example.org'], 'Hello\n');
  const { sent, refused, error } = await submit();
  expect(error).toBeUndefined();
  expect(sent).toMatchObject([{ subject: 'Grüße', accepted: 2, missed: [] }]);
  expect(refused).toMatchObject([{ subject: 'Wrong', reason: '550 scripted 550' }]);
  const [received] = server.received;
  expect(received).toMatchObject({ from: 'ada@example.org', to: ['bob@example.org', 'eve@example.org'] });
  expect(received?.text).not.toMatch(/eve@/);
  const [name = ''] = await readdir(join(root, '.Sent', 'cur'));
  const kept = await readFile(join(root, '.Sent', 'cur', name), 'latin1');
  expect(kept).toContain('Bcc: eve@example.org\n');
  const asSent = kept.replace('Bcc: eve@example.org\n', '').replaceAll('\n', '\r\n');
  expect(received?.text).toBe(Buffer.from(asSent, 'latin1').toString('utf8'));
  expect(Number(/,W=(\d+):2,S$/.exec(name)?.[1])).toBe(
    Buffer.from(kept, 'latin1').length + kept.split('\n').length - 1,
  );

  const [waiting = ''] = await readdir(join(root, '.Outbox', 'cur'));
  expect(waiting).toMatch(/:2,FS$/);
  expect(await submit()).toMatchObject({ sent: [], refused: [], left: 0 });
});
