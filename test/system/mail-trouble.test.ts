import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { quickClock } from '../support/quick-clock.ts';
import { patient, startSystem } from '../support/system.ts';

/** The server rings again soon when no report comes; the handheld tries again soon by itself. */
const SOON = {
  deviceClock: quickClock(20),
  serverPolicy: { ladder: patient(2000), jitter: 0, perHour: 1000, perDay: 1000 },
} as const;

/** A proxy that cuts each connection after so many pieces from the server; 0: never. */
async function cuttingProxy(target: () => number) {
  const state = { after: 0, cut: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target(), '127.0.0.1');
    let pieces = 0;
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.pipe(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    far.on('data', (bytes) => {
      pieces += 1;
      if (state.after === 0 || pieces < state.after) return void near.write(bytes);
      // Half of the reply still arrives.
      state.cut += 1;
      near.end(bytes.subarray(0, bytes.length >> 1));
      far.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { state, port: (server.address() as { port: number }).port };
}

test('a mail server that drops the connection at every reply: nothing lost, nothing twice, and the next mail comes', async () => {
  let imapPort = 0;
  const { state, port } = await cuttingProxy(() => imapPort);
  const system = await startSystem({
    ...SOON,
    device: (table) => {
      imapPort = table.imap.port ?? 0;
      return { ...table, imap: { ...table.imap, port } };
    },
  });
  for (const after of [1, 2, 3, 4, 5, 6]) {
    state.after = after;
    state.cut = 0;
    const since = system.timeline.mark();
    const sent = await system.send(`Cut at reply ${after}`);
    // Later replies than there are: then nothing is cut, and the mail is there.
    await system.until(async () => {
      const there = (await system.mails()).some((mail) => mail.endsWith(sent.toString('latin1')));
      expect(there || state.cut > 0).toBe(true);
    });
    await system.timeline.expect('closed', { since });
    state.after = 0;
    await system.arrives(sent);
  }
  await system.arrives(await system.send('Whole again'));
  expect(await system.mails()).toHaveLength((await system.serverMails()).length);
});

test('mail with NUL bytes, bare line ends and a header line of 1 MB arrives byte for byte, and so does the next', async () => {
  const budget = { whole_up_to: '10M', session: '10M' };
  const system = await startSystem({
    device: (table) => ({ ...table, budget: { ...table.budget, ...budget } }),
  });
  const head = 'From: Grace <grace@example.org>\r\nSubject: odd\r\n';
  const odd = Buffer.concat([
    Buffer.from(`${head}X-Long: ${'x'.repeat(1_000_000)}\r\n\r\nbefore`),
    Buffer.from([0, 0xff, 0x80, 0, 0x1b]),
    Buffer.from('after\r\n\0\r\nend\r\n'),
  ]);
  await system.arrives(await system.send('odd', { raw: odd }));
  await system.arrives(await system.send('Even'));
  expect(await system.mails()).toEqual(await system.serverMails());
});

test('of a large mail the beginning arrives, and says so; the rest comes when the user wants it', async () => {
  const system = await startSystem({
    device: (table) => ({ ...table, budget: { ...table.budget, whole_up_to: '10k' } }),
  });
  const head = 'From: Grace <grace@example.org>\r\nSubject: large\r\nMessage-ID: <large@example.org>\r\n';
  const since = system.timeline.mark();
  await system.send('large', { raw: Buffer.from(`${head}\r\n${'All of it.\r\n'.repeat(3000)}`) });
  await system.timeline.expect('closed', { since });
  const [part] = await system.mails();
  expect(String(part)).toMatch(/^X-Ringpost-Partial: 10000 of \d+$/m);
  expect(String(part)).toContain('All of it.');
  await system.timeline.expect('swept', { since });
  const record = await system.device.syncNow({ fetch: { which: ['<large@example.org>'] } });
  expect(record).toMatchObject({ result: 'ok', fetched: 1 });
  expect(await system.mails()).toEqual(await system.serverMails());
});

test('over the network of the machine no call is made, all mails come whole, and no budget is used', async () => {
  const system = await startSystem({
    device: (table) => ({ ...table, budget: { ...table.budget, whole_up_to: '10k', session: '20k' } }),
  });
  await system.device.setSettings({ on: false });
  await system.timeline.expect('closed', { since: 0 });
  for (const subject of ['large', 'larger']) {
    const raw = Buffer.from(`Subject: ${subject}\r\n\r\n${'All of it.\r\n'.repeat(3000)}`);
    await system.send(subject, { raw });
  }
  const before = system.device.status().budget.user.bytesToday;
  const connections = () => system.events.filter(({ kind }) => kind === 'connected').length;
  const calls = connections();
  expect(calls).toBeGreaterThan(0);
  expect(await system.device.syncNow({ ownNetwork: true })).toMatchObject({ result: 'ok', fetched: 2 });
  expect(await system.mails()).toEqual(await system.serverMails());
  expect(system.device.status().budget.user.bytesToday).toBe(before);
  expect(connections()).toBe(calls);
});
