import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { slowProxy } from './slow-proxy.ts';

/** Answers each line with itself twice, and the end of a connection with a last word. */
async function echo(): Promise<Server & AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (bytes) => socket.write(Buffer.concat([bytes, bytes]))).on('error', () => {});
    socket.on('end', () => socket.end('bye'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, { [Symbol.asyncDispose]: async () => void server.close() });
}

test('the proxy counts bytes and round trips as the client sees them, and what comes after it left as no round trip', async () => {
  await using server = await echo();
  await using proxy = await slowProxy((server.address() as { port: number }).port);
  const client = connect(proxy.port, '127.0.0.1');
  for (const line of ['one\n', 'three\n']) {
    client.write(line);
    let got = 0;
    while (got < 2 * line.length) got += ((await once(client, 'data'))[0] as Buffer).length;
  }
  client.end('x');
  await proxy.idle();
  const { seconds, ...count } = proxy.take();
  expect(count).toEqual({ connections: 1, bytesUp: 11, bytesDown: 25, roundTrips: 2 });
  expect(seconds).toBeGreaterThan(0);
  expect(proxy.take()).toMatchObject({ connections: 0, bytesUp: 0, bytesDown: 0, roundTrips: 0, seconds: 0 });
});
