import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { AirPath } from '../../../src/simulator/network/air.ts';
import { type Conditions, INSTANT_CONDITIONS } from '../../../src/simulator/network/conditions.ts';

/** A TCP proxy on 127.0.0.1 whose bytes take as long as over a simulated radio. */
export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  /** May be changed at any time; at first nothing takes time. */
  readonly conditions: Conditions;
}

/** What TCP puts into one packet, bytes: what comes in more of them arrives bit by bit. */
const SEGMENT = 1400;

/** Disposing closes every connection. */
export async function slowProxy(targetPort: number): Promise<SlowProxy> {
  const conditions = { ...INSTANT_CONDITIONS };
  const up = new AirPath(systemClock, conditions, 'upBitsPerSecond');
  const down = new AirPath(systemClock, conditions, 'downBitsPerSecond');
  const over = new AbortController();
  const server = createServer(async (near) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const socket of [near, far]) {
      socket.setNoDelay(true).on('error', () => {});
      over.signal.addEventListener('abort', () => socket.destroy());
    }
    // The three-way handshake: the client's first byte leaves a round trip after its SYN.
    await systemClock.sleep(conditions.rttMs, over.signal).catch(() => {});
    pass(near, far, up, over.signal);
    pass(far, near, down, over.signal);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    conditions,
    async [Symbol.asyncDispose]() {
      over.abort();
      server.close();
      await once(server, 'close');
    },
  };
}

function pass(from: Socket, to: Socket, path: AirPath, signal: AbortSignal): void {
  const cross = (bytes: number, arrive: () => void) => void path.cross(bytes, signal).then(arrive, () => {});
  from.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += SEGMENT) {
      const segment = chunk.subarray(at, at + SEGMENT);
      cross(segment.length, () => to.write(segment));
    }
  });
  from.on('end', () => cross(0, () => to.end()));
  from.on('close', () => cross(0, () => to.destroySoon()));
}
