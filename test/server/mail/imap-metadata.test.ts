import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { expect, onTestFinished, test } from 'vitest';
import { ENTRIES } from '../../../src/server/annotations.ts';
import { openDevicePasswords } from '../../../src/server/mail/device-passwords.ts';
import { anna, bert, chunksOfText, mail, RawClient, runMailServer } from '../../support/mail-server.ts';
import { temporaryDirectory } from '../../support/room.ts';

async function loggedIn(port: number, user: { name: string; password: string } = anna) {
  const client = RawClient.plain(port);
  client.send(`l LOGIN ${user.name} ${user.password}\r\n`);
  await client.until(/^l OK.*\r\n/m);
  return async (text: string) => {
    client.send(`t ${text}\r\n`);
    return (await client.until(/^t (OK|NO|BAD).*\r\n/m)).split('\r\n').slice(0, -1);
  };
}

test('entries of a mailbox and of the account: set, asked by name, by depth and by size, removed', async () => {
  const { imapPort } = await runMailServer();
  const ask = await loggedIn(imapPort);
  expect(await ask('SETMETADATA INBOX (/private/comment "mine" /Shared/Comment {4+}\r\nours)')).toEqual([
    't OK Set',
  ]);
  expect(await ask('SETMETADATA "" (/private/vendor/x/a "1" /private/vendor/x/b/c ~{3+}\r\na\0b)')).toEqual([
    't OK Set',
  ]);
  expect(await ask('GETMETADATA INBOX (/PRIVATE/comment /shared/comment /private/none)')).toEqual([
    '* METADATA INBOX (/private/comment "mine" /shared/comment "ours" /private/none NIL)',
    't OK Told',
  ]);
  expect(await ask('GETMETADATA "" /private/vendor')).toEqual([
    '* METADATA "" (/private/vendor NIL)',
    't OK Told',
  ]);
  expect(await ask('GETMETADATA (DEPTH 1) "" /private/vendor/x')).toEqual([
    '* METADATA "" (/private/vendor/x/a "1")',
    't OK Told',
  ]);
  expect((await ask('GETMETADATA (DEPTH infinity) "" (/private /private/vendor)')).join('\n')).toBe(
    '* METADATA "" (/private/vendor/x/a "1" /private/vendor/x/b/c ~{3}\na\0b)\nt OK Told',
  );
  // The examples of RFC 5464 have the options behind the mailbox.
  expect(await ask('GETMETADATA "" (MAXSIZE 2 DEPTH infinity) (/private)')).toEqual([
    '* METADATA "" (/private/vendor/x/a "1")',
    't OK [METADATA LONGENTRIES 3] Told',
  ]);
  await ask('SETMETADATA INBOX (/private/comment NIL /private/none NIL)');
  expect(await ask('GETMETADATA INBOX /private/comment')).toEqual([
    '* METADATA INBOX (/private/comment NIL)',
    't OK Told',
  ]);
  const other = await loggedIn(imapPort, bert);
  expect(await other('GETMETADATA INBOX /shared/comment')).toContain(
    '* METADATA INBOX (/shared/comment NIL)',
  );
});

test.each([
  ['SETMETADATA INBOX (/private/comment)', /^t BAD/],
  ['SETMETADATA INBOX ()', /^t BAD/],
  ['SETMETADATA INBOX (/public/comment "x")', /^t BAD/],
  ['SETMETADATA INBOX (/private "x")', /^t BAD/],
  ['SETMETADATA INBOX (/private/a//b "x")', /^t BAD/],
  ['SETMETADATA INBOX (/private/a* "x")', /^t BAD/],
  ['SETMETADATA INBOX ("/private/a%" "x")', /^t BAD/],
  ['SETMETADATA INBOX (/private/a/ "x")', /^t BAD/],
  ['SETMETADATA INBOX (/private/a (x))', /^t BAD/],
  ['GETMETADATA (DEPTH 2) INBOX /private', /^t BAD/],
  ['GETMETADATA INBOX', /^t BAD/],
  ['SETMETADATA Nowhere (/private/comment "x")', /^t NO \[NONEXISTENT\]/],
  ['GETMETADATA Nowhere /private/comment', /^t NO \[NONEXISTENT\]/],
  ['SETMETADATA "" (/shared/comment "x")', /^t NO \[NOPERM\]/],
  [`SETMETADATA INBOX (/private/a {8193+}\r\n${'x'.repeat(8193)})`, /^t NO \[METADATA MAXSIZE 8192\]/],
  [
    `SETMETADATA INBOX (${Array.from({ length: 65 }, (_, at) => `/private/a${at} "x"`).join(' ')})`,
    /^t NO \[METADATA TOOMANY\]/,
  ],
])('%.60s is refused and changes nothing', async (command, answer) => {
  const { imapPort } = await runMailServer();
  const ask = await loggedIn(imapPort);
  await ask('SETMETADATA INBOX (/private/comment "before")');
  expect((await ask(command)).at(-1)).toMatch(answer);
  expect(await ask('GETMETADATA (DEPTH infinity) INBOX (/private /shared)')).toEqual([
    `* METADATA INBOX (/private/comment "before" ${ENTRIES.device} "handheld-1")`,
    't OK Told',
  ]);
});

test('what is written stays over a restart and a rename, and goes with the mailbox', async () => {
  const root = await temporaryDirectory();
  const first = await runMailServer({ root });
  let ask = await loggedIn(first.imapPort);
  await ask('CREATE Work/Old');
  await ask(`SETMETADATA Work/Old (/private/comment "kept" ${ENTRIES.device} "handheld-1")`);
  await ask('RENAME Work Play');
  await first[Symbol.asyncDispose]();
  const second = await runMailServer({ root });
  ask = await loggedIn(second.imapPort);
  expect(await ask('GETMETADATA Play/Old /private/comment')).toContain(
    '* METADATA Play/Old (/private/comment "kept")',
  );
  expect((await second.store.mailbox('anna', 'Play/Old')).device).toBe('handheld-1');
  await ask('DELETE Play/Old');
  await ask('CREATE Play/Old');
  expect(await ask('GETMETADATA Play/Old /private/comment')).toContain(
    '* METADATA Play/Old (/private/comment NIL)',
  );
});

test('R2 a mailbox rings the device that is written at it; a device of somebody else cannot be written', async () => {
  const root = await temporaryDirectory();
  const server = await runMailServer({ root });
  const rung: (string | undefined)[] = [];
  server.store.onStored(({ device, mailbox }) => rung.push(`${mailbox} ${device}`));
  const ask = await loggedIn(server.imapPort);
  await ask('CREATE Lists');
  for (const device of ['handheld-2', 'HANDHELD-1', 'not a device', '']) {
    expect((await ask(`SETMETADATA Lists (${ENTRIES.device} "${device}")`)).at(-1)).toMatch(
      /^t NO \[(NOPERM|CANNOT)\]/,
    );
  }
  const strange = await loggedIn(server.imapPort, bert);
  expect(await strange(`SETMETADATA INBOX (${ENTRIES.device} "handheld-1")`)).toEqual([
    't NO [NOPERM] Device handheld-1 is not one of yours',
  ]);
  const deliver = (mailbox: string) => server.store.deliver('anna', mailbox, chunksOfText(mail('x')));
  await deliver('Lists');
  expect(await ask(`SETMETADATA Lists (${ENTRIES.device} "handheld-1")`)).toEqual(['t OK Set']);
  await deliver('Lists');
  await ask(`SETMETADATA INBOX (${ENTRIES.device} NIL)`);
  await deliver('INBOX');
  expect(rung).toEqual(['Lists undefined', 'Lists handheld-1', 'INBOX undefined']);

  // The configuration is told again at each start: what the user has written there since stays.
  await server[Symbol.asyncDispose]();
  const again = await runMailServer({ root });
  const device = async (of: typeof again, mailbox: string) =>
    (await of.store.mailbox('anna', mailbox)).device;
  expect([await device(again, 'INBOX'), await device(again, 'Lists')]).toEqual([undefined, 'handheld-1']);
  await again[Symbol.asyncDispose]();
  const other = await runMailServer({ root, users: [{ ...anna, device: 'handheld-3' }] });
  expect([await device(other, 'INBOX'), await device(other, 'Lists')]).toEqual(['handheld-3', undefined]);
});

test('R2 a device that was enrolled for a user may be written, by that user alone, until it is taken back', async () => {
  const root = await temporaryDirectory();
  const devicePasswords = await openDevicePasswords(join(root, 'devices.json'));
  await devicePasswords.make('pocket-7', 'bert');
  const first = await runMailServer({ root, devicePasswords });
  const write = async (user: { name: string; password: string }) => {
    const ask = await loggedIn(first.imapPort, user);
    return (await ask(`SETMETADATA INBOX (${ENTRIES.device} "pocket-7")`)).at(-1);
  };
  expect([await write(anna), await write(bert)]).toEqual([
    't NO [NOPERM] Device pocket-7 is not one of yours',
    't OK Set',
  ]);
  const device = async (of: typeof first) => (await of.store.mailbox('bert', 'INBOX')).device;
  await first[Symbol.asyncDispose]();
  const second = await runMailServer({ root, devicePasswords });
  expect(await device(second)).toBe('pocket-7');
  await second[Symbol.asyncDispose]();
  await devicePasswords.remove('pocket-7');
  expect(await device(await runMailServer({ root, devicePasswords }))).toBeUndefined();
});

test('R10 R12 settings at a mailbox are checked, read and written by the server, and changes are told', async () => {
  const { imapPort, mailboxes } = await runMailServer();
  expect(mailboxes.known()).toEqual([
    {
      user: 'anna',
      mailbox: 'INBOX',
      annotations: { device: 'handheld-1', on: undefined, intervalSeconds: undefined },
    },
  ]);
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user: anna.name, pass: anna.password },
    logger: false,
  });
  await client.connect();
  onTestFinished(() => client.close());
  expect(client.capabilities.has('METADATA')).toBe(true);
  const ask = await loggedIn(imapPort);
  expect((await ask(`SETMETADATA INBOX (${ENTRIES.push} "perhaps")`)).at(-1)).toMatch(
    /^t NO \[CANNOT\].*on or off/,
  );
  expect((await ask(`SETMETADATA "" (${ENTRIES.push} "off")`)).at(-1)).toMatch(/^t NO \[CANNOT\]/);
  const told = new Promise((resolve) => mailboxes.onChanged(resolve));
  await ask(`SETMETADATA INBOX (${ENTRIES.push} "off" ${ENTRIES.interval} "10m")`);
  expect(await told).toEqual({
    user: 'anna',
    mailbox: 'INBOX',
    annotations: { device: 'handheld-1', on: false, intervalSeconds: 600 },
  });
  await mailboxes.write('anna', 'INBOX', new Map([[ENTRIES.push, 'on']]));
  expect(await ask(`GETMETADATA INBOX ${ENTRIES.push}`)).toContain(`* METADATA INBOX (${ENTRIES.push} "on")`);
  expect(Object.fromEntries(await mailboxes.read('anna', 'INBOX'))).toMatchObject({
    [ENTRIES.interval]: '10m',
  });
  await expect(mailboxes.read('nobody', 'INBOX')).rejects.toMatchObject({ code: 'unknown-mailbox' });
});
