import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SessionRecord } from '../../src/device/state/history.ts';
import { type Apart, serversApart } from '../support/apart.ts';
import { type Dovecot, type DovecotOptions, dovecot, freePort } from '../support/dovecot.ts';
import { mailsIn } from '../support/on-disk.ts';
import { need } from '../support/program.ts';
import { ringpost } from '../support/ringpost.ts';
import { temporaryDirectory } from '../support/room.ts';

const DEVICE = ['/private/vendor/ringpost/device', 'pocket-1'] as const;

async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const mail = await dovecot({ metadata: true, ...options });
  onTestFinished(() => mail[Symbol.asyncDispose]());
  await mail.doveadm('mailbox', 'metadata', 'set', '-u', mail.user, 'INBOX', ...DEVICE);
  return mail;
}

/** Hands a mail over by LMTP, as an MTA does. */
async function deliver({ lmtp, user }: Dovecot, subject: string): Promise<void> {
  const transport = createTransport({ lmtp: true, host: '127.0.0.1', port: lmtp, ignoreTLS: true });
  const mail = { from: 'grace@example.org', to: `${user}@mail.example`, subject, text: `About ${subject}` };
  await transport.sendMail(mail).finally(() => transport.close());
}

/** Waits until a session that an SMS began brought it, and everything at Dovecot is in the handheld's Maildir. */
async function brought({ timeline, device, maildir }: Apart, mail: Dovecot, since: number): Promise<void> {
  const closed = await timeline.expect('closed', { since, ms: 60_000 });
  await timeline.expect('swept', { since: timeline.steps.indexOf(closed) });
  const session = device.status().sessions.at(-1) as SessionRecord;
  expect(session).toMatchObject({ cause: 'sms', result: 'ok', fetched: 1 });
  const [here, there] = [await mailsIn(maildir), await mailsIn(mail.maildir)];
  expect(here).toEqual(there);
}

test('R1 R2 R9 R13 a mail at Dovecot, found by NOTIFY, reaches the handheld; the device is an annotation; servers apart', async () => {
  const mail = await startDovecot();
  await mail.doveadm('mailbox', 'create', '-u', mail.user, 'Lists');
  const { user, password } = mail;
  const mailboxes = [{ user, password, mailboxes: ['INBOX', 'Lists'] }];
  const all = await serversApart(mail, { host: '127.0.0.1', port: mail.imaps, mailboxes });
  const watcher = await all.startWatcher();
  await watcher.said(/Lists of ada: it names no device/);
  await vi.waitFor(async () => expect(await mail.log()).toMatch(/"cmd_name":"NOTIFY"/), { timeout: 20_000 });
  let since = all.timeline.mark();
  await deliver(mail, 'First light');
  await brought(all, mail, since);

  // What comes while the watcher is dead is found at its next start.
  await watcher.end('SIGKILL');
  await deliver(mail, 'Meanwhile');
  since = all.timeline.mark();
  await all.startWatcher();
  await brought(all, mail, since);
});

test("R13 a mail at Dovecot reaches the handheld by Dovecot's push notification, without IDLE, by a master user", async () => {
  const port = await freePort();
  const pushTo = `http://dove:s3cret@127.0.0.1:${port}/dovecot`;
  const mail = await startDovecot({ pushTo, masterPassword: 'mastersecret' });
  const opened = ['/private/vendor/vendor.dovecot/http-notify', `user=${mail.user}`];
  await mail.doveadm('mailbox', 'metadata', 'set', '-u', mail.user, '-s', '', ...opened);
  const all = await serversApart(mail, {
    host: '127.0.0.1',
    port: mail.imaps,
    idle: false,
    master: { user: 'ringpost', password: 'mastersecret' },
    mailboxes: [{ user: mail.user }],
    push: { port, user: 'dove', password: 's3cret' },
  });
  const watcher = await all.startWatcher();
  await looked(mail, 1);
  const since = all.timeline.mark();
  await deliver(mail, 'Pushed');
  await brought(all, mail, since);
  expect(await mail.commands()).not.toContain('IDLE');
  expect(watcher.log()).not.toMatch(/Pushed|grace|s3cret|mastersecret/);
});

test('R13 a mail at Dovecot reaches the handheld by "ringpost trigger --user", as at the end of a pipe; over STARTTLS', async () => {
  const mail = await startDovecot();
  const { user, password } = mail;
  const all = await serversApart(mail, {
    host: '127.0.0.1',
    port: mail.imap,
    security: 'starttls',
    idle: false,
    mailboxes: [{ user, password }],
  });
  const trigger = (...words: string[]) => ringpost('trigger', '--config', all.watchConfig, ...words);
  expect(await trigger('--user', 'ada')).toMatchObject({ code: 75 });
  const watcher = await all.startWatcher();
  await looked(mail, 1);
  expect(await trigger('--user', 'eve')).toMatchObject({ code: 1, err: expect.stringContaining('eve') });
  const since = all.timeline.mark();
  await deliver(mail, 'Piped');
  expect(await trigger('--user', 'ada', '--mailbox', 'INBOX', '--stdin')).toMatchObject({ code: 0 });
  await brought(all, mail, since);
  await watcher.end('SIGTERM');
});

test('R13 a mail at Dovecot reaches the handheld by a Sieve script that pipes it to "ringpost trigger --user"', async () => {
  await need('/usr/lib/dovecot/modules/sieve/lib90_sieve_extprograms_plugin.so', 'dovecot-sieve');
  const room = await temporaryDirectory();
  await chmod(room, 0o755);
  const [script, program, config] = ['look.sieve', 'look.sh', 'config'].map((name) => join(room, name));
  // Dovecot runs the pipe before it stores, whatever stands first: it is the second look that finds it.
  const sieve = 'require ["vnd.dovecot.pipe", "copy"];\npipe :copy "ringpost-look";\n';
  await writeFile(script as string, sieve);
  const run = `exec ${process.execPath} --import tsx src/cli/main.ts trigger --user ada --stdin --config "$(cat ${config})"`;
  await writeFile(program as string, `#!/bin/sh\ncd ${process.cwd()}\n${run}\n`, { mode: 0o755 });
  const mail = await startDovecot({ sieve: { script: script as string, program: program as string } });
  const { user, password } = mail;
  const mailboxes = [{ user, password }];
  const all = await serversApart(mail, { host: '127.0.0.1', port: mail.imaps, idle: false, mailboxes });
  await writeFile(config as string, all.watchConfig);
  await all.startWatcher();
  await looked(mail, 1);
  const since = all.timeline.mark();
  await deliver(mail, 'Sieved');
  await brought(all, mail, since);
});

/** Waits until the watcher asked where the mailbox stands. */
async function looked(mail: Dovecot, times: number): Promise<void> {
  const asked = async () => (await mail.commands()).filter((line) => line.startsWith('STATUS'));
  await vi.waitFor(async () => expect((await asked()).length).toBeGreaterThanOrEqual(times), {
    timeout: 30_000,
  });
}
