import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { AirPath } from '../../../src/simulator/network/air.ts';
import { type Conditions, INSTANT_CONDITIONS } from '../../../src/simulator/network/conditions.ts';
import { type AirCount, AirMeter } from './air-meter.ts';

/** A TCP proxy on 127.0.0.1 whose bytes take as long as over a simulated radio. */
export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  /** May be changed at any time; at first nothing takes time. */
  readonly conditions: Conditions;
  /** What crossed since the last call. */
  take(): AirCount;
  /** Resolves when no connection is open and nothing is on its way. */
  idle(): Promise<void>;
}

/** What TCP puts into one packet, bytes: what comes in more of them arrives bit by bit. */
const SEGMENT = 1400;

/** Disposing closes every connection. */
export async function slowProxy(targetPort: number): Promise<SlowProxy> {
  const conditions = { ...INSTANT_CONDITIONS };
  const up = new AirPath(systemClock, conditions, 'upBitsPerSecond');
  const down = new AirPath(systemClock, conditions, 'downBitsPerSecond');
  const over = new AbortController();
  const open = new Set<Socket>();
  let meter = new AirMeter(systemClock);
  const server = createServer(async (near) => {
    const line = meter.line();
    const far = connect(targetPort, '127.0.0.1');
    near.on('end', () => line.left());
    for (const socket of [near, far]) {
      open.add(socket);
      socket
        .setNoDelay(true)
        .on('error', () => {})
        .on('close', () => open.delete(socket));
    }
    // The three-way handshake: the client's first byte leaves a round trip after its SYN.
    await systemClock.sleep(conditions.rttMs, over.signal).catch(() => {});
    if (near.destroyed) far.destroy();
    near.on('data', (chunk: Buffer) => line.sent(chunk.length));
    pass(near, far, up, over.signal);
    pass(far, near, down, over.signal, (bytes) => line.received(bytes));
    // What the server still sends behind a client that left crosses the air too: its side ends when it ends it.
    near.on('close', () => up.cross(0, over.signal).then(() => far.end(), noop));
    far.on('close', () => down.cross(0, over.signal).then(() => near.destroySoon(), noop));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    conditions,
    take() {
      const { count } = meter;
      meter = new AirMeter(systemClock);
      return count;
    },
    async idle() {
      while (open.size > 0) await Promise.all([...open].map(closed));
      await down.cross(0, over.signal);
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const noop = () => {};

/** Also of one that ends with an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function pass(
  from: Socket,
  to: Socket,
  path: AirPath,
  signal: AbortSignal,
  arrived?: (bytes: number) => void,
): void {
  const cross = (bytes: number, arrive: () => void) => void path.cross(bytes, signal).then(arrive, noop);
  from.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += SEGMENT) {
      const segment = chunk.subarray(at, at + SEGMENT);
      cross(segment.length, () => {
        arrived?.(segment.length);
        to.write(segment);
      });
    }
  });
  from.on('end', () => cross(0, () => to.end()));
}
