import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { callControl } from '../../src/base/control.ts';
import { Disposables } from '../../src/base/disposables.ts';
import { silentLog } from '../../src/base/log.ts';
import { devicePassword } from '../../src/bus/device-password.ts';
import { NUMBERS, startModems } from '../../src/cli/demo/modems.ts';
import {
  acceptKeys,
  DEVICE,
  deviceTable,
  type ServerTable,
  serverTable,
  startDevice,
  writeToml,
} from '../../src/cli/demo/parts.ts';
import { runInBackground } from '../../src/cli/demo/world.ts';
import { Timeline } from '../../src/cli/timeline.ts';
import type { Device } from '../../src/device/agent.ts';
import type { Dovecot } from './dovecot.ts';
import { MAIL_USER, MESSAGE_USER, type Mosquitto, mosquitto } from './mosquitto.ts';
import { temporaryDirectory } from './room.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

/** Message server, Mosquitto with our rules and the watcher, a process each, the handheld here, a foreign mail server. */
export interface Apart {
  readonly device: Device;
  readonly timeline: Timeline;
  /** The handheld's Maildir. */
  readonly maildir: string;
  readonly messages: ServerProcess;
  /** The watcher's `server.toml`. */
  readonly watchConfig: string;
  startWatcher(): Promise<ServerProcess>;
}

type WatchTable = NonNullable<ServerTable['watch']>;

const quiet = { clock: systemClock, log: silentLog };

/** Starts message server and handheld, on PTYs, and writes the watcher's configuration. It ends with the test. */
export async function serversApart(mail: Dovecot, watch: WatchTable): Promise<Apart> {
  const directory = await temporaryDirectory();
  const owned = new Disposables();
  onTestFinished(() => owned[Symbol.asyncDispose]());
  const modems = owned.use(await startModems(quiet));
  if (modems.withoutPty) throw new Error(`this test needs PTYs: ${modems.withoutPty}`);
  const secret = randomBytes(32).toString('hex');
  const broker = await mosquitto({
    [MAIL_USER]: 'post',
    [MESSAGE_USER]: 'word',
    [DEVICE]: devicePassword(Buffer.from(secret, 'hex')),
  });
  const { mail: _mail, broker: _broker, ...table } = serverTable({ directory, modems });
  const at = { url: broker.url, ca: broker.ca };
  const config = join(directory, 'messages.toml');
  await writeToml(config, { ...table, mqtt: { ...at, user: MESSAGE_USER, password: 'word' } });
  const messages = await serverProcess(config);
  const key = { id: 1, secret };
  await callControl(table.socket, 'add-contact', { device: DEVICE, number: NUMBERS.device, key });
  const mqtt = { ...at, user: MAIL_USER, password: 'post' };
  const watchConfig = join(directory, 'watch.toml');
  const ca = join(directory, 'imap.crt');
  await writeFile(ca, mail.ca);
  await mkdir(join(directory, 'watching'));
  await writeToml(watchConfig, {
    state: join(directory, 'watching'),
    socket: join(directory, 'watch.sock'),
    mqtt,
    watch: { ...watch, ca, servername: 'mail.example' },
  } satisfies ServerTable);
  const timeline = new Timeline(systemClock, () => {});
  const device = await startHandheld({ directory, modems, timeline, owned }, { broker, secret, mail, ca });
  return {
    device,
    timeline,
    maildir: join(directory, 'Mail'),
    messages,
    watchConfig,
    startWatcher: () => serverProcess(watchConfig),
  };
}

async function startHandheld(
  around: {
    directory: string;
    modems: Awaited<ReturnType<typeof startModems>>;
    timeline: Timeline;
    owned: Disposables;
  },
  { broker, secret, mail, ca }: { broker: Mosquitto; secret: string; mail: Dovecot; ca: string },
): Promise<Device> {
  const { directory, modems, timeline, owned } = around;
  const common = deviceTable({ directory, modems }, { imapPort: mail.imaps, mqttPort: broker.port, secret });
  const { user, password } = mail;
  const message_server = { ...common.message_server, ca: broker.ca };
  const table = {
    ...common,
    message_server,
    imap: { ...common.imap, user, password, ca, servername: 'mail.example' },
  };
  await acceptKeys(table);
  const policy = { settings: { on: true, intervalSeconds: 0 } };
  const observe = timeline.observer('device');
  const built = await startDevice({ ...quiet, directory, modems, observe, policy }, table);
  void runInBackground(built, owned);
  await timeline.expect('listening', { since: 0 });
  return built.device;
}
