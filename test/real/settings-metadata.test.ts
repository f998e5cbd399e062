import { expect, onTestFinished, test, vi } from 'vitest';
import { serversApart } from '../support/apart.ts';
import { dovecot } from '../support/dovecot.ts';

const ENTRY = '/private/vendor/ringpost';

test('R2 R10 R12 settings in the annotations of a mailbox at Dovecot and on the device agree after one session', async () => {
  const mail = await dovecot({ metadata: true });
  onTestFinished(() => mail[Symbol.asyncDispose]());
  const at = ['-u', mail.user, 'INBOX'] as const;
  const set = (entry: string, value: string) =>
    mail.doveadm('mailbox', 'metadata', 'set', ...at, `${ENTRY}/${entry}`, value);
  const shown = async (entry: string) =>
    (await mail.doveadm('mailbox', 'metadata', 'get', ...at, `${ENTRY}/${entry}`)).trim();
  const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 300 });
  await set('device', 'pocket-1');
  const { user, password } = mail;
  const mailboxes = [{ user, password }];
  const all = await serversApart(mail, {
    host: '127.0.0.1',
    port: mail.imaps,
    annotations: '1s',
    mailboxes,
  });
  await all.startWatcher();
  // What is in force is written there.
  await eventually(async () => expect(await shown('push')).toBe('on'));

  await set('push', 'off');
  await set('interval', '2h');
  await all.messages.said(/"msg":"pocket-1 is off, at most every 7200 s \(set at the mail server\)"/);
  expect(await all.device.syncNow()).toMatchObject({ result: 'ok' });
  expect(all.device.status()).toMatchObject({ on: false, intervalSeconds: 7200 });

  await all.device.setSettings({ on: true, intervalSeconds: 90 });
  await eventually(async () => {
    expect([await shown('push'), await shown('interval')]).toEqual(['on', '90s']);
  });
}, 300_000);
