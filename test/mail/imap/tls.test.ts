import { readFile } from 'node:fs/promises';
import { duplexPair } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { startTls } from '../../../src/mail/connection/tls.ts';
import { learn, room } from './scripted-server.ts';

describe('TLS', () => {
  it('refuses a certificate of nobody we trust, and another name', async () => {
    const it = await room();
    const { account } = it.options;
    await expect(it.open({ account: { ...account, tls: { mode: 'implicit' } } })).rejects.toMatchObject({
      code: 'tls-refused',
      temporary: false,
    });
    const other = { ...account, tls: { ...account.tls, servername: 'other.example' } };
    await expect(it.open({ account: other })).rejects.toMatchObject({
      code: 'tls-refused',
      fields: { tls: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('resumes, keeps the newest ticket, and drops one that was not accepted', async () => {
    const it = await room();
    const ticket = async () => JSON.parse(await readFile(it.profilePath, 'utf8')).ticket as string | null;
    const bytesDown = async () => {
      const session = await it.open();
      await session.logout();
      return session.cost().bytesDown;
    };
    await learn(it);
    const first = await ticket();
    expect(first).toBeTypeOf('string');
    it.server.restart();
    const cold = await bytesDown();
    const second = await ticket();
    expect(second).not.toBe(first);
    expect(await bytesDown()).toBeLessThan(cold - 300);
  });

  it('learns the key share that the server takes at once', async () => {
    const it = await room();
    it.server.restart({ ecdhCurve: 'P-256' });
    const roundTrips = async () => {
      const session = await it.open();
      await Promise.all([session.select('INBOX'), session.logout()]);
      return session.cost().roundTrips;
    };
    await learn(it);
    expect(JSON.parse(await readFile(it.profilePath, 'utf8')).keyShare).toBe('P-256');
    expect(await roundTrips()).toBe(3);
    it.server.restart({ ecdhCurve: 'X25519' });
    expect(await roundTrips()).toBe(4);
    expect(await roundTrips()).toBe(3);
  });

  it('names the clock when that is why a certificate does not hold', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'mail.example' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() + 86_400_000),
      notAfterDate: new Date(Date.now() + 2 * 86_400_000),
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'mail.example' }] }],
    });
    const attempt = (clockFloor: number) => {
      const [near, far] = duplexPair();
      new TLSSocket(far, { isServer: true, key, cert }).on('error', () => {});
      const clock = new SimulatedClock(Date.UTC(1970, 0, 1));
      return startTls(near, { host: 'mail.example', ca: cert, clock, clockFloor, onTicket: () => {} });
    };
    await expect(attempt(Date.UTC(2026, 0, 1))).rejects.toMatchObject({
      code: 'tls-refused',
      temporary: true,
      message: expect.stringContaining('the clock of this machine says 1970-01-01'),
    });
    await expect(attempt(0)).rejects.toMatchObject({ code: 'tls-refused', temporary: false });
  });
});
