import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { serveControl } from '../../src/base/control.ts';
import { Disposables } from '../../src/base/disposables.ts';
import { silentLog } from '../../src/base/log.ts';
import { buildDevice, guardPath } from '../../src/cli/build/device.ts';
import { type BuiltServer, buildServer } from '../../src/cli/build/server.ts';
import { serverHandlers } from '../../src/cli/build/server-handlers.ts';
import { deviceConfig } from '../../src/cli/config/device.ts';
import { serverConfig } from '../../src/cli/config/server.ts';
import { type DemoModems, NUMBERS, startModems } from '../../src/cli/demo/modems.ts';
import { tellNetwork } from '../../src/cli/demo/network-steps.ts';
import { writeToml } from '../../src/cli/demo/parts.ts';
import { runInBackground } from '../../src/cli/demo/world.ts';
import { Timeline } from '../../src/cli/timeline.ts';
import type { Device } from '../../src/device/agent.ts';
import { createReplayGuard } from '../../src/trigger/guard.ts';
import type { Dovecot } from './dovecot.ts';
import { temporaryDirectory } from './room.ts';

export const HANDHELD = 'pocket-1';

/** Everything of ours around a mail server of another make: message server, network, modems on PTYs, handheld. */
export interface Chain {
  readonly server: BuiltServer;
  readonly device: Device;
  readonly modems: DemoModems;
  /** What all parts did, in its order. */
  readonly timeline: Timeline;
  /** The handheld's Maildir. */
  readonly maildir: string;
  /** Runs `ringpost trigger` for the handheld, as a hook of the mail server would. */
  trigger(...options: string[]): Promise<void>;
}

/** Starts it all as `ringpost server` and `ringpost device` do; the handheld listens. It ends with the test. */
export async function chainAt(mail: Dovecot): Promise<Chain> {
  const directory = await temporaryDirectory();
  const owned = new Disposables();
  onTestFinished(() => owned[Symbol.asyncDispose]());
  const timeline = new Timeline(systemClock, () => {});
  const modems = owned.use(await startModems({ clock: systemClock, log: silentLog }));
  tellNetwork(modems.network, timeline.observer('network'));
  const around = { directory, modems, timeline, owned, secret: randomBytes(32).toString('hex') };
  const server = await startServer(around);
  const device = await startDevice(around, server, mail);
  await timeline.expect('listening', { since: 0 });
  const trigger = (...options: string[]) => runTrigger(join(directory, 'server.toml'), options);
  return { server, device, modems, timeline, maildir: join(directory, 'Mail'), trigger };
}

interface Around {
  readonly directory: string;
  readonly modems: DemoModems;
  readonly timeline: Timeline;
  readonly owned: Disposables;
  /** The handheld's trigger key, in hex. */
  readonly secret: string;
}

const process_ = { clock: systemClock, log: silentLog };

/** Broker and message server, without a mail server of ours. */
async function startServer({ directory, modems, timeline, owned, secret }: Around): Promise<BuiltServer> {
  const socket = join(directory, 'server.sock');
  const written = {
    state: join(directory, 'server'),
    socket,
    broker: { port: 0 },
    message_server: { modem: { port: modems.ports.server }, interval: '0s' },
  };
  await writeToml(join(directory, 'server.toml'), written);
  const { signal } = new AbortController();
  const surroundings = { ...process_, observe: timeline.observer('server'), openLine: modems.openLine };
  const server = owned.use(await buildServer(serverConfig.parse(written), surroundings, signal));
  owned.use(await serveControl(socket, serverHandlers(server), process_));
  await server.addressBook.add({ device: HANDHELD, number: NUMBERS.device, key: { id: 1, secret } });
  return server;
}

async function startDevice(around: Around, server: BuiltServer, mail: Dovecot): Promise<Device> {
  const { directory, modems, timeline, owned, secret } = around;
  const imapCa = join(directory, 'imap.crt');
  await writeFile(imapCa, mail.ca);
  const config = deviceConfig.parse({
    device: HANDHELD,
    state: join(directory, 'device'),
    socket: join(directory, 'device.sock'),
    mail: join(directory, 'Mail'),
    modem: { port: modems.ports.device },
    link: { kind: 'sockets' },
    imap: {
      host: 'localhost',
      port: mail.imaps,
      user: mail.user,
      password: mail.password,
      ca: imapCa,
      servername: 'mail.example',
    },
    message_server: {
      host: 'localhost',
      port: server.broker?.port,
      ca: join(directory, 'server', 'tls', 'localhost.crt'),
    },
    trigger: { keys: [{ id: 1, secret }] },
  });
  await createReplayGuard(guardPath(config));
  const policy = { settings: { on: true, intervalSeconds: 0 } };
  const observe = timeline.observer('device');
  const built = await buildDevice(config, { ...process_, observe, openLine: modems.openLine, policy });
  void runInBackground(built, owned);
  return built.device;
}

async function runTrigger(config: string, options: readonly string[]): Promise<void> {
  const words = ['src/cli/main.ts', 'trigger', HANDHELD, '--config', config, ...options];
  await promisify(execFile)('node_modules/.bin/tsx', words);
}
