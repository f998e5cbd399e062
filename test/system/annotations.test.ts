import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEVICE, USER } from '../../src/cli/demo/parts.ts';
import { ENTRIES } from '../../src/server/annotations.ts';
import { RawClient } from '../support/mail-server.ts';
import { startSystem } from '../support/system.ts';

test('R2 the device id is an annotation on the mailbox: with it mail rings, without it mail waits', async () => {
  const system = await startSystem();
  const client = RawClient.tls(system.server.mail?.imapPort ?? 0);
  client.send(`l LOGIN ${USER.name} ${USER.password}\r\n`);
  await client.until(/^l OK/m);
  const write = async (device: string) => {
    client.send(`s SETMETADATA INBOX (${ENTRIES.device} ${device})\r\n`);
    return (await client.until(/^s .*\r\n/m)).trim();
  };
  expect(await write('NIL')).toBe('s OK Set');
  const quiet = await system.send('Nobody rings for this');
  expect(await system.serverMails()).toHaveLength(1);

  expect(await write('"somebody-else"')).toMatch(/^s NO \[NOPERM\]/);
  expect(await write(`"${DEVICE}"`)).toBe('s OK Set');
  const since = system.timeline.mark();
  const loud = await system.send('This rings');
  await system.arrives(loud);
  await system.arrives(quiet);
  await system.sessionOver(since);
  // One SMS for two mails: the first one caused none.
  expect(system.happened('sms-submitted')).toHaveLength(1);
  const triggers = system.timeline.steps.filter(({ name }) => name === 'first-trigger');
  expect(triggers.map(({ fields }) => [fields?.device, fields?.count])).toEqual([[DEVICE, 1]]);
});

test('R2 mail that another program put into an annotated mailbox while the server was down rings at its start', async () => {
  const system = await startSystem();
  const client = RawClient.tls(system.server.mail?.imapPort ?? 0);
  client.send(`l LOGIN ${USER.name} ${USER.password}\r\nc CREATE Lists\r\n`);
  client.send(`s SETMETADATA Lists (${ENTRIES.device} "${DEVICE}")\r\n`);
  await client.until(/^s OK/m);
  await system.stopServer();
  const lists = join(system.directory, 'server', 'mail', USER.name, '.Lists', 'new');
  await writeFile(join(lists, '1.other.host'), 'Subject: dropped\n\ntext\n');
  const since = system.timeline.mark();
  await system.startServer();
  const step = await system.timeline.expect('first-trigger', { since });
  expect(step.fields).toMatchObject({ device: DEVICE, mailbox: 'Lists', count: 1 });
});
