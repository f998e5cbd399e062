import { createTransport } from 'nodemailer';
import { expect, test, vi } from 'vitest';
import { DEVICE, USER } from '../../src/cli/demo/parts.ts';
import { readEnrolment } from '../../src/enrolment/text.ts';
import { type MosquittoChain, mosquittoChain } from '../support/mosquitto-chain.ts';
import { mailsIn } from '../support/on-disk.ts';
import { ringpost } from '../support/ringpost.ts';

async function send({ smtpPort }: MosquittoChain, subject: string): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
  const mail = { from: 'grace@example.org', to: USER.address, subject, text: `About ${subject}` };
  await transport.sendMail(mail).finally(() => transport.close());
}

/** Waits until exactly these mails are in the handheld's Maildir, and its session is over. */
async function has({ maildir, timeline }: MosquittoChain, subjects: string[], since: number): Promise<void> {
  const closed = await timeline.expect('closed', { since, ms: 90_000 });
  await timeline.expect('swept', { since: timeline.steps.indexOf(closed), ms: 30_000 });
  const found = (await mailsIn(maildir)).map((mail) => /^Subject: (.*)\r?$/m.exec(mail)?.[1]);
  expect(found.sort()).toEqual([...subjects].sort());
}

test('R1 R4 R9 mail server, Mosquitto and message server apart: a mail arrives, also while one of them is killed', async () => {
  const chain = await mosquittoChain();
  const { broker, timeline, messages } = chain;
  let since = timeline.mark();
  await send(chain, 'First');
  await has(chain, ['First'], since);

  // A power cut of the broker; what it kept in memory is gone.
  await broker.stop('SIGKILL');
  await send(chain, 'While Mosquitto is dead');
  since = timeline.mark();
  await broker.start();
  await has(chain, ['First', 'While Mosquitto is dead'], since);

  await messages.end('SIGKILL');
  await send(chain, 'While the message server is dead');
  since = timeline.mark();
  await chain.startMessages();
  await has(chain, ['First', 'While Mosquitto is dead', 'While the message server is dead'], since);
}, 300_000);

test('R10 R12 settings at the mail server reach the message server and the device, and come back from there', async () => {
  const chain = await mosquittoChain();
  const { configs, device } = chain;
  const atMail = (...words: string[]) =>
    ringpost('server', 'settings', USER.name, ...words, '--config', configs.mail, '--json');
  const atMessages = async () => {
    const said = await ringpost('server', 'settings', DEVICE, '--config', configs.messages, '--json');
    return JSON.parse(said.out) as { settings: unknown };
  };
  expect(await atMail('off', '--interval', '1h')).toMatchObject({ code: 0 });
  await vi.waitFor(
    async () => expect(await atMessages()).toMatchObject({ settings: { on: false, intervalSeconds: 3600 } }),
    { timeout: 60_000, interval: 500 },
  );
  expect(await device.syncNow()).toMatchObject({ result: 'ok' });
  expect(device.status()).toMatchObject({ on: false, intervalSeconds: 3600 });
  await device.setSettings({ on: true, intervalSeconds: 60 });
  await vi.waitFor(
    async () => {
      const { settings, told } = JSON.parse((await atMail()).out) as { settings: unknown; told: boolean };
      expect({ settings, told }).toMatchObject({ settings: { on: true, intervalSeconds: 60 }, told: true });
    },
    { timeout: 60_000, interval: 500 },
  );
}, 300_000);

test('a key is exchanged at Mosquitto and no mail is missed; whose line is gone is let in no more', async () => {
  const chain = await mosquittoChain();
  const { configs, device, keyring, timeline } = chain;
  const keys = async (...words: string[]) => {
    const said = await ringpost('keys', ...words, '--config', configs.messages);
    expect(said).toMatchObject({ code: 0 });
    return said.out.trim();
  };
  const subjects: string[] = [];
  const arrives = async (subject: string) => {
    subjects.push(subject);
    const since = timeline.mark();
    await send(chain, subject);
    await has(chain, subjects, since);
  };
  const held = () => keyring.keys.map(({ id }) => id);

  await keyring.accept(readEnrolment(await keys('rotate', DEVICE)));
  // Mosquitto knows the password of the first key, until the administrator comes by.
  await arrives('Sealed with the first');
  await arrives('Sealed with the second');
  await arrives('And again');
  expect(held()).toEqual([2, 1]);
  await chain.setPasswords();
  await arrives('Mosquitto knows the second');
  expect(held()).toEqual([2]);

  await keys('revoke', DEVICE);
  await chain.setPasswords();
  const since = timeline.mark();
  const sync = device.syncNow().catch(() => {});
  expect((await timeline.expect('request', { since })).text).toMatch(/MQTT CONNECT as .* refused/);
  await sync;
}, 300_000);
