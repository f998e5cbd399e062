import { expect, test } from 'vitest';
import { USER } from '../../src/cli/demo/parts.ts';
import { ENTRIES } from '../../src/server/annotations.ts';
import { RawClient } from '../support/mail-server.ts';
import { startSystem } from '../support/system.ts';

test('R10 R12 settings in METADATA of the embedded mail server and on the handheld agree after one session', async () => {
  const system = await startSystem();
  const client = RawClient.tls(system.server.mail?.imapPort ?? 0);
  client.send(`l LOGIN ${USER.name} ${USER.password}\r\n`);
  await client.until(/^l OK/m);
  let tag = 0;
  const ask = async (command: string) => {
    tag += 1;
    client.send(`t${tag} ${command}\r\n`);
    return client.until(new RegExp(`^t${tag} OK`, 'm'));
  };
  const shows = (push: string, interval: string) =>
    system.until(async () => {
      const told = await ask(`GETMETADATA INBOX (${ENTRIES.push} ${ENTRIES.interval})`);
      expect(told).toContain(`${ENTRIES.push} "${push}"`);
      expect(told).toContain(`${ENTRIES.interval} "${interval}"`);
    });

  // What is in force is written there.
  await shows('on', '0s');
  await ask(`SETMETADATA INBOX (${ENTRIES.push} "off" ${ENTRIES.interval} "2h")`);
  const since = system.timeline.mark();
  await system.timeline.expect('settings', { since });
  const sent = await system.send('Waits while it is off');
  await system.timeline.expectNone('sms-sent', { since, ms: 300 });
  expect(await system.device.syncNow()).toMatchObject({ result: 'ok', fetched: 1 });
  await system.arrives(sent);
  expect(system.device.status()).toMatchObject({ on: false, intervalSeconds: 7200 });

  await system.device.setSettings({ on: true, intervalSeconds: 90 });
  await shows('on', '90s');
});
