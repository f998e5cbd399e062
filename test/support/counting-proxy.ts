import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';

export interface ProxyOptions {
  /** Milliseconds that every byte is on its way, each direction. */
  readonly latencyMs?: number;
  /** Cuts each connection after so many bytes down. */
  readonly cutAfterDown?: number;
}

export interface ProxyCount {
  readonly connections: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** How often bytes went up after bytes had come down (or first): what left together is one. */
  readonly flights: number;
}

export interface CountingProxy extends AsyncDisposable {
  readonly port: number;
  options: ProxyOptions;
  /** Counts since the last call. */
  take(): ProxyCount;
  /** Resolves when no connection is open: all that was sent is counted. */
  idle(): Promise<void>;
}

/** The record with which TLS ends, bytes. A server answers our end with it, which a session does not wait for. */
const TLS_END = 24;

/** A session's own figures are what crossed the proxy, both ways. */
export function expectCounted(own: Omit<ProxyCount, 'connections' | 'flights'>, count: ProxyCount): void {
  expect(own.bytesUp).toBe(count.bytesUp);
  expect([own.bytesDown, own.bytesDown + TLS_END]).toContain(count.bytesDown);
}

const ZERO: ProxyCount = { connections: 0, bytesUp: 0, bytesDown: 0, flights: 0 };

/** A TCP proxy on 127.0.0.1 that counts, for tests that ask what crossed the wire. */
export async function countingProxy(
  target: { port: number },
  options: ProxyOptions = {},
): Promise<CountingProxy> {
  let count = { ...ZERO } as { -readonly [K in keyof ProxyCount]: number };
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const server = createServer((near) => {
    const far = connect(target.port, '127.0.0.1');
    let lastWent: 'up' | 'down' = 'down';
    let down = 0;
    count.connections += 1;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0) for (const resolve of waiting.splice(0)) resolve();
        later(() => (socket === near ? far : near).destroySoon());
      });
    }
    near.on('data', (chunk) => {
      count.bytesUp += chunk.length;
      if (lastWent === 'down') count.flights += 1;
      lastWent = 'up';
      later(() => far.write(chunk));
    });
    far.on('data', (chunk) => {
      const left = (proxy.options.cutAfterDown ?? Number.POSITIVE_INFINITY) - down;
      const passed = chunk.subarray(0, left);
      down += passed.length;
      count.bytesDown += passed.length;
      lastWent = 'down';
      later(() => near.write(passed));
      if (passed.length < chunk.length) later(() => near.destroySoon());
    });
    near.on('end', () => later(() => far.end()));
    far.on('end', () => later(() => near.end()));
  });
  const later = (act: () => void) => {
    const ms = proxy.options.latencyMs ?? 0;
    if (ms === 0) act();
    else void systemClock.sleep(ms).then(act);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: CountingProxy = {
    port: (server.address() as { port: number }).port,
    options,
    take() {
      const taken = count;
      count = { ...ZERO };
      return taken;
    },
    async idle() {
      if (sockets.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
