import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { systemClock } from '../../base/clock.ts';
import { Disposables } from '../../base/disposables.ts';
import { createLog } from '../../base/log.ts';
import type { Device } from '../../device/agent.ts';
import type { BuiltDevice } from '../build/device.ts';
import type { BuiltServer } from '../build/server.ts';
import type { Timeline } from '../timeline.ts';
import { type DemoModems, NUMBERS, startModems } from './modems.ts';
import { tellNetwork } from './network-steps.ts';
import { acceptKeys, DEVICE, deviceTable, startDevice, startServer } from './parts.ts';

/** Everything that the demo runs, from the network to the handheld. Disposing stops it all. */
export interface World extends AsyncDisposable {
  readonly modems: DemoModems;
  readonly server: BuiltServer;
  readonly device: Device;
  readonly smtpPort: number;
  readonly imapPort: number;
  /** The device's Maildir. */
  readonly maildir: string;
  /** Where everything is kept: state, logs, certificate, configurations. */
  readonly directory: string;
  /** Resolves with the error when the device's agent ended, which it must not. */
  readonly lost: Promise<Error | undefined>;
}

export interface WorldOptions {
  readonly timeline: Timeline;
  /** Lines in memory instead of PTYs. */
  readonly inMemory?: boolean;
}

/** Starts all parts, built from configurations as `ringpost server` and `ringpost device` do. */
export async function startWorld(
  { timeline, inMemory = false }: WorldOptions,
  signal: AbortSignal,
): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'ringpost-demo-'));
  const log = createLog('debug', pino.destination({ dest: join(directory, 'demo.log'), sync: true }));
  const owned = new Disposables();
  try {
    const modems = owned.use(
      await startModems({ clock: systemClock, log: log.child({ room: 'simulator' }), inMemory }),
    );
    tellNetwork(modems.network, timeline.observer('network'));
    const around = { directory, modems, clock: systemClock, log };
    const server = owned.use(await startServer({ ...around, observe: timeline.observer('server') }, signal));
    const secret = randomBytes(32).toString('hex');
    await server.addressBook.add({ device: DEVICE, number: NUMBERS.device, key: { id: 1, secret } });
    const table = deviceTable(around, {
      imapPort: server.mail?.imapPort ?? 0,
      mqttPort: server.broker?.port ?? 0,
      secret,
    });
    await acceptKeys(table);
    const policy = { settings: { on: true, intervalSeconds: 0 } };
    const built = await startDevice({ ...around, observe: timeline.observer('device'), policy }, table);
    return {
      modems,
      server,
      device: built.device,
      smtpPort: server.mail?.smtpPort ?? 0,
      imapPort: server.mail?.imapPort ?? 0,
      maildir: join(directory, 'Mail'),
      directory,
      lost: runInBackground(built, owned),
      [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
    };
  } catch (error) {
    await owned[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

/** Runs the agent until `owned` is disposed of; resolves with the error when it ended before. */
export function runInBackground(built: BuiltDevice, owned: Disposables): Promise<Error | undefined> {
  const stop = new AbortController();
  const running = built.run(stop.signal).then(
    () => undefined,
    (error: Error) => error,
  );
  owned.use({
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  });
  return running;
}
