import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { nodeFiles } from '../../../src/base/files.ts';
import { silentLog } from '../../../src/base/log.ts';
import { openMaildir } from '../../../src/mail/maildir/maildir.ts';
import type { SyncOptions } from '../../../src/mail/sync/options.ts';
import { synchronise } from '../../../src/mail/sync/synchronise.ts';
import { UidSet } from '../../../src/mail/uid-set.ts';
import type { Extension } from '../../../src/server/mail/imap/options.ts';
import { countingProxy } from '../../support/counting-proxy.ts';
import { annaAt, chunksOfText, makeCertificate, runMailServer } from '../../support/mail-server.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { sessionsAt } from '../../support/sessions-at.ts';

/** The embedded mail server, our IMAP client, a proxy that counts between them, and a copy on the disk. */
async function rig(extensions?: readonly Extension[]) {
  const tls = await makeCertificate();
  const server = await runMailServer({
    tls,
    imap: { port: 0, ...(extensions ? { extensions } : {}), limits: { failedLoginDelay: 5 } },
  });
  const proxy = await countingProxy({ port: server.imapPort });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const device = await temporaryDirectory();
  const open = sessionsAt(annaAt(proxy.port, tls.cert), join(device, 'profile.json'));
  const root = join(device, 'mail');
  const sync = async (more: Partial<SyncOptions> = {}) => {
    const { mailboxes, cost } = await synchronise({
      open,
      root,
      targets: [{ mailbox: 'INBOX' }],
      budgetBytes: 10_000_000,
      clock: systemClock,
      log: silentLog,
      signal: AbortSignal.timeout(15_000),
      ...more,
    });
    return { ...mailboxes[0]!, cost };
  };
  const deliver = (text: string) => server.store.deliver('anna', 'INBOX', chunksOfText(text));
  const inbox = await server.store.mailbox('anna', 'INBOX');
  return { server, proxy, root, sync, deliver, inbox };
}

async function contents(root: string): Promise<string[]> {
  const maildir = await openMaildir(root, { files: nodeFiles });
  const found = [];
  for (const entry of await maildir.list()) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of maildir.read(entry)) chunks.push(chunk);
    found.push(`${entry.uid} ${entry.flags} ${Buffer.concat(chunks).toString('latin1')}`);
  }
  return found.sort();
}

const NEW = 'Subject: new\r\n\r\nbare \n and \0\r\n';
const MAILS = [
  'Message-ID: <1@x>\r\n\r\none\r\n',
  'Message-ID: <2@x>\r\n\r\ntwo\r\n',
  `Subject: 3\r\n\r\n${'x\r\n'.repeat(3000)}`,
];

test.each([
  ['all extensions', undefined],
  ['CONDSTORE', ['CONDSTORE', 'UIDPLUS']],
  ['none', []],
] as const)('the embedded server and the copy come in step, with %s', async (_name, extensions) => {
  const { sync, deliver, inbox, root } = await rig(extensions as readonly Extension[] | undefined);
  for (const text of MAILS) await deliver(text);
  expect(await sync()).toMatchObject({ result: 'ok', fetched: 3, reached: { uidnext: 4 } });
  expect(await contents(root)).toEqual(MAILS.map((text, index) => `${index + 1}  ${text}`));
  await inbox.setFlags({ uids: UidSet.of([1]), mode: 'add', flags: ['\\Seen', 'work'] });
  await inbox.expunge(UidSet.of([2]), { deletedOnly: false });
  await deliver(NEW);
  expect(await sync()).toMatchObject({ result: 'ok', fetched: 1, flagged: 1, expunged: 1 });
  expect(await contents(root)).toEqual([`1 S ${MAILS[0]}`, `3  ${MAILS[2]}`, `4  ${NEW}`]);
  expect(await sync()).toMatchObject({ result: 'ok', fetched: 0, flagged: 0, expunged: 0 });
});

test('in step with a remembered server, new mail or none, everything is one flight after TLS and greeting', async () => {
  const { sync, deliver, proxy } = await rig();
  await deliver(MAILS[0]!);
  await sync();
  await sync();
  proxy.take();
  const idle = await sync();
  const idleWire = proxy.take();
  await deliver(NEW);
  const busy = await sync();
  expect(busy).toMatchObject({ result: 'ok', fetched: 1 });
  expect(busy.cost.roundTrips).toBe(idle.cost.roundTrips);
  expect(proxy.take().connections).toBe(1);
  expect(idleWire.connections).toBe(1);
  expect(idleWire.bytesDown).toBeLessThan(1600);
  expect(idle.cost.bytesDown).toBe(idleWire.bytesDown);
});
