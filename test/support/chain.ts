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
import type { BuiltServer } from '../../src/cli/build/server.ts';
import { serverHandlers } from '../../src/cli/build/server-handlers.ts';
import { type DemoModems, NUMBERS, startModems } from '../../src/cli/demo/modems.ts';
import { tellNetwork } from '../../src/cli/demo/network-steps.ts';
import {
  acceptKeys,
  DEVICE,
  deviceTable,
  serverTable,
  startDevice,
  startServer,
} from '../../src/cli/demo/parts.ts';
import { runInBackground } from '../../src/cli/demo/world.ts';
import { Timeline } from '../../src/cli/timeline.ts';
import type { Device } from '../../src/device/agent.ts';
import type { Dovecot } from './dovecot.ts';
import { temporaryDirectory } from './room.ts';

export const HANDHELD = DEVICE;

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
  const server = await startServers(around);
  const device = await startHandheld(around, server, mail);
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
async function startServers({ directory, modems, timeline, owned, secret }: Around): Promise<BuiltServer> {
  const { mail: _, ...table } = serverTable({ directory, modems });
  const { signal } = new AbortController();
  const around = { ...process_, directory, modems, observe: timeline.observer('server') };
  const server = owned.use(await startServer(around, signal, table));
  owned.use(await serveControl(table.socket, serverHandlers(server), process_));
  await server.addressBook.add({ device: HANDHELD, number: NUMBERS.device, key: { id: 1, secret } });
  return server;
}

async function startHandheld(around: Around, server: BuiltServer, mail: Dovecot): Promise<Device> {
  const { directory, modems, timeline, owned, secret } = around;
  const ca = join(directory, 'imap.crt');
  await writeFile(ca, mail.ca);
  const servers = { imapPort: mail.imaps, mqttPort: server.broker?.port ?? 0, secret };
  const common = deviceTable({ directory, modems }, servers);
  const { user, password } = mail;
  const imap = { ...common.imap, user, password, ca, servername: 'mail.example' };
  const table = { ...common, imap };
  await acceptKeys(table);
  const policy = { settings: { on: true, intervalSeconds: 0 } };
  const observe = timeline.observer('device');
  const built = await startDevice({ ...process_, directory, modems, observe, policy }, table);
  void runInBackground(built, owned);
  return built.device;
}

async function runTrigger(config: string, options: readonly string[]): Promise<void> {
  const words = ['src/cli/main.ts', 'trigger', HANDHELD, '--config', config, ...options];
  await promisify(execFile)('node_modules/.bin/tsx', words);
}
