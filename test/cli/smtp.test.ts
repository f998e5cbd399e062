import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import { silentLog } from '../../src/base/log.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import { mailParts } from '../../src/cli/build/device.ts';
import { deviceConfig } from '../../src/cli/config/device.ts';
import type { Link } from '../../src/link/link.ts';
import { certificate } from '../mail/imap/scripted-server.ts';
import { letter } from '../mail/outbox/outbox-room.ts';
import { submissionServer } from '../mail/outbox/submission-server.ts';
import { temporaryDirectory } from '../support/room.ts';

const around = { clock: new SimulatedClock(Date.now()), log: silentLog, observe: () => {} };

async function configured(smtp: string) {
  const directory = await temporaryDirectory();
  const mail = join(directory, 'mail');
  const text = `
    device = "pocket-1"
    state = "${directory}"
    mail = "${mail}"
    [modem]
    port = "/dev/ttyUSB2"
    [imap]
    host = "mail.example"
    user = "ada"
    password = "secret"
    [message_server]
    host = "mail.example"
    [trigger]
    keys = [{ id = 1, secret = "${'0'.repeat(64)}" }]
    ${smtp}`;
  return { directory, mail, config: parseConfig('device.toml', text, deviceConfig) };
}

/** Makes the Outbox, and puts a message there. */
async function write(mail: string, submit: () => Promise<unknown>): Promise<void> {
  await submit();
  await writeFile(join(mail, '.Outbox', 'new', '1.one'), letter('one'));
}

test('without [smtp] nothing is submitted', async () => {
  const { config } = await configured('');
  expect((await mailParts(config, around)).outbox).toBeUndefined();
});

test.each([
  ['', 587],
  ['security = "tls"', 465],
  ['port = 2525', 2525],
])('[smtp] %s goes to port %i through the data session', async (line, port) => {
  const { config, mail } = await configured(`[smtp]\nhost = "smtp.example"\n${line}`);
  const { outbox } = await mailParts(config, around);
  const asked: unknown[] = [];
  const connect: Link['connect'] = (...to) => {
    asked.push(to);
    const [near, far] = duplexPair();
    far.end();
    return near;
  };
  const submit = () => outbox!({ connect } as Link, AbortSignal.timeout(10_000));
  await write(mail, submit);
  expect(await submit()).toMatchObject({ left: 1, error: { code: 'session-lost' } });
  expect(asked).toEqual([['smtp.example', port]]);
});

test('user, password, sender and mailbox are those of the configuration', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'ca.pem'), (await certificate()).cert);
  const server = await submissionServer({ mode: 'starttls' });
  const { config, mail } = await configured(`[smtp]
    host = "mail.example"
    ca = "${join(directory, 'ca.pem')}"
    sender = "account@example.org"
    sent = "Sent Items"`);
  const { outbox } = await mailParts(config, around);
  const submit = () => outbox!({ connect: server.connect } as unknown as Link, AbortSignal.timeout(10_000));
  await write(mail, submit);
  expect(await submit()).toMatchObject({ sent: [{ subject: 'one' }] });
  expect(server.received).toMatchObject([{ from: 'account@example.org' }]);
  expect(await readdir(join(mail, '.Sent Items', 'cur'))).toHaveLength(1);
});
