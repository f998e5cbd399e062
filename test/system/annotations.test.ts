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
