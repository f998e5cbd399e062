import { expect, test } from 'vitest';
import { anna, chunksOfText, mail, makeCertificate, runMailServer } from '../../support/mail-server.ts';
import { ada, told, watching } from './room.ts';

test('the embedded IMAP server is watched like any other', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls });
  const deliver = (subject: string) => server.store.deliver('anna', 'INBOX', chunksOfText(mail(subject)));
  const first = await deliver('before');
  const users = [{ ...ada, user: anna.name, login: anna.name, password: anna.password }];
  const wanted = { server: { port: server.imapPort, ca: tls.cert }, users };
  const at = await watching(wanted);
  const { uidvalidity } = await server.store.mailbox('anna', 'INBOX');
  await told(at, { uidvalidity, uidnext: 2, count: 1, size: 0 });
  await deliver('seen by IDLE');
  await told(at, {}, { uidvalidity, uidnext: 3, count: 1 });
  expect(at.stored[1]?.size).toBeGreaterThan(first.size);
  await at.stop();
  await deliver('meanwhile');
  const again = await watching({ ...wanted, directory: at.directory });
  await told(again, { uidvalidity, uidnext: 4, count: 1 });
});
