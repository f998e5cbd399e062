import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { linked, tlsEcho, until } from './room.ts';

test('TLS runs over a connection that is still coming up, verified, both ways', async () => {
  const { port, ca } = await tlsEcho();
  const { link } = await linked();
  const secure: TLSSocket = connect({
    socket: link.connect('127.0.0.1', port),
    servername: 'mail.test',
    ca,
  });
  await once(secure, 'secureConnect');
  expect(secure.authorized).toBe(true);
  const sent = Buffer.alloc(50_000, 'secret mail ');
  secure.write(sent);
  let got = Buffer.alloc(0);
  secure.on('data', (chunk: Buffer) => {
    got = Buffer.concat([got, chunk]);
  });
  await until(() => got.length >= sent.length);
  expect(got.equals(sent)).toBe(true);
  expect(link.cost().bytesUp).toBeGreaterThan(sent.length);
});
