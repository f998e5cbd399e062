import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOST_USER, USER } from '../../src/cli/demo/parts.ts';
import { certificate } from '../mail/imap/scripted-server.ts';
import { submissionServer } from '../mail/outbox/submission-server.ts';
import { mailsIn } from '../support/on-disk.ts';
import { temporaryDirectory } from '../support/room.ts';
import { enrol, layOut, type System } from '../support/system.ts';

const FAR = 'carl@elsewhere.example';

/** The whole chain, its mail server with a submission port and a smarthost that is played. */
async function withOutbox() {
  const recipient = (address: string) => (address === FAR ? undefined : 550);
  const smarthost = await submissionServer({ mode: 'starttls', recipient });
  const ca = join(await temporaryDirectory(), 'ca.pem');
  await writeFile(ca, (await certificate()).cert);
  const out = { host: '127.0.0.1', port: smarthost.port, servername: 'mail.example', ca };
  const system: System = await layOut({
    server: (table) => ({
      ...table,
      mail: { ...table.mail, submission_port: 0, smarthost: { ...out, user: 'ada', password: 'secret' } },
    }),
    device: (table) => {
      const port = system.server.mail?.smtp.submissionPort;
      const imap = { ...table.imap, mailboxes: ['INBOX', 'Sent'] };
      return { ...table, imap, smtp: { host: 'localhost', port, ca: table.imap.ca } };
    },
  });
  await system.startServer();
  await enrol(system);
  await system.startDevice();
  return { system, smarthost };
}

async function write(system: System, subject: string, to: string): Promise<void> {
  const outbox = join(system.directory, 'Mail', '.Outbox');
  for (const folder of ['cur', 'new', 'tmp']) await mkdir(join(outbox, folder), { recursive: true });
  const head = `From: ${USER.address}\nTo: ${to}\nSubject: ${subject}\n`;
  await writeFile(join(outbox, 'new', `1.${subject}`), `${head}\nWritten on the train.\n`);
}

test('a mail written on the handheld reaches somebody here and somebody elsewhere, once, and is filed in Sent', async () => {
  const { system, smarthost } = await withOutbox();
  await write(system, 'both', `${LOST_USER.address}, ${FAR}`);
  expect(await system.device.syncNow()).toMatchObject({ result: 'ok', outbox: { sent: 1, refused: 0 } });
  await system.until(async () => {
    expect(smarthost.received).toMatchObject([{ from: USER.address, to: [FAR] }]);
    expect(await system.serverMails(LOST_USER.name)).toHaveLength(1);
  });
  const [here] = await system.serverMails(LOST_USER.name);
  const sent = join(system.directory, 'Mail', '.Sent');
  const [filed] = await mailsIn(sent);
  const id = /^Message-ID: (.*)\r$/im;
  const ids = [here, filed, smarthost.received[0]?.text].map((mail) => id.exec(String(mail))?.[1]);
  expect(new Set(ids).size).toBe(1);
  expect(await readdir(join(sent, 'cur'))).toHaveLength(1);
  await system.until(async () => {
    await system.device.syncNow();
    expect(await mailsIn(join(system.directory, 'server', 'mail', USER.name, '.Sent'))).toHaveLength(1);
  });
});

test('what the smarthost refuses comes back as a report, which rings the handheld like any mail', async () => {
  const { system } = await withOutbox();
  await write(system, 'lost', 'nobody@elsewhere.example');
  await system.device.syncNow();
  await system.until(async () => {
    const [report] = await system.mails();
    expect(String(report)).toContain('Final-Recipient: rfc822; nobody@elsewhere.example');
  });
  expect(system.happened('sms-delivered').length).toBeGreaterThan(0);
});
