import { expect, test } from 'vitest';
import { anna, chunksOfText, mail, RawClient, runMailServer } from '../../support/mail-server.ts';

test('a whole session sent before the greeting is answered in order, in one flight', async () => {
  const server = await runMailServer();
  await server.store.deliver('anna', 'INBOX', chunksOfText(mail('one')));
  const client = RawClient.plain(server.imapPort);
  client.send(
    `a LOGIN anna ${anna.password}\r\nb ENABLE QRESYNC\r\nc SELECT INBOX\r\nd UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])\r\n` +
      'e UID STORE 1 +FLAGS.SILENT (\\Seen)\r\nf LOGOUT\r\n',
  );
  const lines = (await client.end()).split('\r\n');
  expect(lines[0]).toMatch(/^\* OK \[CAPABILITY IMAP4rev1 .*AUTH=PLAIN/);
  const tagged = lines.filter((line) => /^[a-f] /.test(line)).map((line) => line.slice(0, 4));
  expect(tagged).toEqual(['a OK', 'b OK', 'c OK', 'd OK', 'e OK', 'f OK']);
  expect(lines).toContain('* ENABLED QRESYNC');
  expect(lines).toContain('* 1 EXISTS');
  expect(lines.join('\r\n')).toContain(
    '* 1 FETCH (UID 1 FLAGS (\\Recent) BODY[HEADER.FIELDS (SUBJECT)] {16}\r\nSubject: one\r\n\r\n)',
  );
  expect(lines.join('\r\n')).toContain('* 1 FETCH (UID 1 MODSEQ (3))');
  expect(lines.at(-3)).toBe('* BYE Until the next mail');
});
