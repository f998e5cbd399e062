import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_MAILBOXES } from '../../../src/server/mail/store/special-use.ts';
import { anna, chunksOfText, mail, RawClient, runMailServer } from '../../support/mail-server.ts';
import { temporaryDirectory } from '../../support/room.ts';

async function loggedIn(port: number) {
  const client = RawClient.plain(port);
  client.send(`l LOGIN anna ${anna.password}\r\n`);
  await client.until(/^l OK.*\r\n/m);
  return async (text: string) => {
    client.send(`t ${text}\r\n`);
    return (await client.until(/^t (OK|NO|BAD).*\r\n/m)).split('\r\n').slice(0, -1);
  };
}

test('LIST with selection, RETURN and several patterns (RFC 5258, 5819, 6154)', async () => {
  const server = await runMailServer();
  const ask = await loggedIn(server.imapPort);
  await ask('CREATE Work/Alpha');
  await ask('CREATE Gesendet (USE (\\Sent))');
  await ask('SUBSCRIBE Work/Alpha');
  await ask('SUBSCRIBE Gone');
  await server.store.deliver('anna', 'Work/Alpha', chunksOfText(mail('x')));
  expect(await ask('LIST (SUBSCRIBED) "" "*" RETURN (CHILDREN)')).toEqual([
    '* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
    '* LIST (\\HasNoChildren \\Subscribed) "/" Work/Alpha',
    '* LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Gone',
    't OK Listed',
  ]);
  expect(await ask('LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"')).toEqual([
    '* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
    '* LIST (\\HasChildren) "/" Work ("CHILDINFO" ("SUBSCRIBED"))',
    '* LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Gone',
    't OK Listed',
  ]);
  expect(await ask('LIST (SPECIAL-USE) "" "*" RETURN (SPECIAL-USE)')).toEqual([
    '* LIST (\\HasNoChildren \\Sent) "/" Gesendet',
    't OK Listed',
  ]);
  expect(await ask('LIST "" (INBOX "Work/%") RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT SIZE))')).toEqual([
    '* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
    '* STATUS INBOX (MESSAGES 0 UIDNEXT 1 SIZE 0)',
    '* LIST (\\HasNoChildren \\Subscribed) "/" Work/Alpha',
    `* STATUS Work/Alpha (MESSAGES 1 UIDNEXT 2 SIZE ${mail('x').length})`,
    't OK Listed',
  ]);
  expect(await ask('LIST "" ""')).toEqual(['* LIST (\\Noselect) "/" ""', 't OK Listed']);
  expect(await ask('LIST () "" (%) RETURN ()')).toHaveLength(4);
  for (const wrong of [
    'LIST (RECURSIVEMATCH) "" "*"',
    'LIST (ODD) "" *',
    'LIST "" * RETURN (ODD)',
    'LIST "" * CHILDREN',
    'LIST "" * RETURN (STATUS (ODD))',
  ]) {
    expect((await ask(wrong)).at(-1), wrong).toMatch(/^t BAD/);
  }
});

test('special uses are stored: they follow a rename, are set by METADATA, and a name is only a first guess', async () => {
  const server = await runMailServer();
  const ask = await loggedIn(server.imapPort);
  const uses = async () =>
    (await ask('LIST (SPECIAL-USE) "" "*"'))
      .slice(0, -1)
      .map((line) => line.replace(/.*HasNoChildren ?(.*)\) "\/" /, '$1 '));
  await ask('CREATE Sent');
  await ask('RENAME Sent Verschickt');
  await ask('CREATE Sent');
  expect(await uses()).toEqual(['\\Sent Verschickt']);
  expect((await ask('CREATE Everything (USE (\\All))')).at(-1)).toMatch(/^t NO \[USEATTR\]/);
  expect((await ask('CREATE Odd (FOR (\\Sent))')).at(-1)).toMatch(/^t BAD/);
  expect(await ask('LIST "" (Everything Odd)')).toEqual(['t OK Listed']);
  await ask('SETMETADATA Verschickt (/private/specialuse NIL)');
  await ask('SETMETADATA Sent (/private/specialuse "\\\\sent \\\\Archive")');
  expect(await uses()).toEqual(['\\Archive \\Sent Sent']);
  expect((await ask('SETMETADATA Sent (/private/specialuse "\\\\All")')).at(-1)).toMatch(/^t NO \[CANNOT\]/);
});

test('a new account has what it is told to begin with, and an old one keeps the uses of its names', async () => {
  const root = await temporaryDirectory();
  const first = await runMailServer({ root, newAccounts: DEFAULT_MAILBOXES });
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: first.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user: anna.name, pass: anna.password },
    logger: false,
  });
  await client.connect();
  onTestFinished(() => client.close());
  const found = await client.list({ statusQuery: { messages: true } });
  expect(found.map(({ path, specialUse, subscribed }) => [path, specialUse, subscribed])).toEqual(
    expect.arrayContaining([
      ['INBOX', '\\Inbox', true],
      ...['Archive', 'Drafts', 'Junk', 'Sent', 'Trash'].map((name) => [name, `\\${name}`, true]),
    ]),
  );
  client.close();
  await first[Symbol.asyncDispose]();

  // As an account of the time before lies there: no document says that it was furnished.
  const old = join(root, 'bert');
  await rm(join(old, '.Sent', 'ringpost-metadata.json'));
  await rm(join(old, 'ringpost-account.json'));
  await mkdir(old, { recursive: true });
  const second = await runMailServer({ root });
  const account = await second.store.account('bert');
  expect(await account.usesOf('Sent')).toEqual(['\\Sent']);
});
