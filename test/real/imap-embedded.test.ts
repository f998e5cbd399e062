import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MAX_UID, UidSet } from '../../src/mail/uid-set.ts';
import { countingProxy, expectCounted } from '../support/counting-proxy.ts';
import { annaAt, chunksOfText, mail, makeCertificate, runMailServer } from '../support/mail-server.ts';
import { temporaryDirectory } from '../support/room.ts';
import { sessionsAt } from '../support/sessions-at.ts';

const MESSAGES = 5000;

it('needs one round trip after TLS and under 1.6 kB down at the embedded server with 5,000 messages', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls });
  for (let at = 0; at < MESSAGES; at += 100) {
    const some = Array.from({ length: 100 }, (_, more) => chunksOfText(mail(`m${at + more}`)));
    await Promise.all(some.map((text) => server.store.deliver('anna', 'INBOX', text)));
  }
  const proxy = await countingProxy({ port: server.imapPort });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const open = sessionsAt(annaAt(proxy.port, tls.cert), join(await temporaryDirectory(), 'server.json'));
  const first = await open(new AbortController().signal);
  const [{ uidvalidity, uidnext, exists, highestModseq: modseq = 1n }] = await Promise.all([
    first.select('INBOX'),
    first.logout(),
  ]);
  expect(exists).toBe(MESSAGES);
  const known = { uidvalidity, modseq, uids: UidSet.range(1, uidnext - 1) };

  const again = async () => {
    await proxy.idle();
    proxy.take();
    const session = await open(new AbortController().signal);
    let bytes = 0;
    const selected = session.select('INBOX', known);
    const fetched = session.fetchMessages(UidSet.range(uidnext, MAX_UID), async (_head, body) => {
      for await (const chunk of body) bytes += chunk.length;
    });
    await Promise.all([selected, fetched, session.logout()]);
    await proxy.idle();
    const count = proxy.take();
    const { roundTrips } = session.cost();
    expectCounted(session.cost(), count);
    process.stdout.write(
      `embedded, ${bytes} bytes of new mail: ${count.bytesDown} bytes down, ${count.bytesUp} up, ${roundTrips} round trips\n`,
    );
    return { selected: await selected, bytes, count, roundTrips };
  };

  // Flights: ClientHello; everything behind the end of the handshake; the end of the connection.
  proxy.options = { latencyMs: 60 };
  const unchanged = await again();
  expect(unchanged.selected).toMatchObject({ resynced: true, changed: [], exists: MESSAGES });
  expect(unchanged).toMatchObject({ bytes: 0, roundTrips: 2, count: { connections: 1, flights: 3 } });
  expect(unchanged.count.bytesDown).toBeLessThan(1600);

  await server.store.deliver('anna', 'INBOX', chunksOfText(mail('new', 'x'.repeat(5000))));
  const more = await again();
  expect(more.bytes).toBeGreaterThan(5000);
  expect(more).toMatchObject({ roundTrips: 2, count: { connections: 1, flights: 3 } });
  expect(more.count.bytesDown).toBeLessThan(1600 + more.bytes);
});
