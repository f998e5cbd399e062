import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { callControl } from '../../src/base/control.ts';
import { Disposables } from '../../src/base/disposables.ts';
import { silentLog } from '../../src/base/log.ts';
import { mosquittoPasswordLine } from '../../src/bus/mosquitto-password.ts';
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
import { MAIL_USER, MESSAGE_USER, type Mosquitto, mosquitto } from './mosquitto.ts';
import { ringpost } from './ringpost.ts';
import { temporaryDirectory } from './room.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

/** Mail server, Mosquitto and message server, each a process of its own, and the handheld here. */
export interface MosquittoChain {
  readonly broker: Mosquitto;
  readonly mail: ServerProcess;
  readonly smtpPort: number;
  readonly device: Device;
  readonly timeline: Timeline;
  readonly maildir: string;
  /** The `server.toml` of each. */
  readonly configs: { readonly mail: string; readonly messages: string };
  readonly messages: ServerProcess;
  startMessages(): Promise<ServerProcess>;
}

const quiet = { clock: systemClock, log: silentLog };

/** Starts it all on PTYs; the devices' password lines come from `ringpost keys mosquitto`. It ends with the test. */
export async function mosquittoChain(): Promise<MosquittoChain> {
  const directory = await temporaryDirectory();
  const owned = new Disposables();
  onTestFinished(() => owned[Symbol.asyncDispose]());
  const modems = owned.use(await startModems(quiet));
  if (modems.withoutPty) throw new Error(`this test needs PTYs: ${modems.withoutPty}`);
  const broker = await mosquitto({ [MAIL_USER]: 'post' });
  const secret = randomBytes(32).toString('hex');
  const { mail: mailSection, broker: _, ...rest } = serverTable({ directory, modems });
  const at = { url: broker.url, ca: broker.ca };
  const configs = { mail: join(directory, 'mail.toml'), messages: join(directory, 'messages.toml') };
  const messagesTable: ServerTable = { ...rest, mqtt: { ...at, user: MESSAGE_USER, password: 'bell' } };
  await writeToml(configs.messages, messagesTable);
  await mkdir(join(directory, 'mail-server'));
  await writeToml(configs.mail, {
    state: join(directory, 'mail-server'),
    socket: join(directory, 'mail.sock'),
    mail: mailSection,
    mqtt: { ...at, user: MAIL_USER, password: 'post' },
  } satisfies ServerTable);

  // It starts before Mosquitto knows it, and says so until it is let in.
  const messages = await serverProcess(configs.messages);
  await messages.said(/The MQTT broker refused us/);
  const key = { id: 1, secret };
  await callControl(rest.socket, 'add-contact', { device: DEVICE, number: NUMBERS.device, key });
  const printed = await ringpost('keys', 'mosquitto', '--config', configs.messages);
  expect(printed).toMatchObject({ code: 0 });
  const mailLine = mosquittoPasswordLine({ name: MAIL_USER, password: 'post' });
  await broker.setLines([mailLine, ...printed.out.trim().split('\n')]);
  await messages.said(/Connected to the MQTT broker/);

  const mail = await serverProcess(configs.mail);
  const ports = await mail.said(/SMTP on \S+:(\d+), IMAP \(TLS\) on \S+:(\d+)/);
  const timeline = new Timeline(systemClock, () => {});
  const servers = { imapPort: Number(ports[2]), mqttPort: broker.port, secret };
  const common = deviceTable({ directory, modems }, servers);
  const table = {
    ...common,
    imap: { ...common.imap, ca: join(directory, 'mail-server', 'tls', 'localhost.crt') },
    message_server: { ...common.message_server, ca: broker.ca },
  };
  await acceptKeys(table);
  const policy = { settings: { on: true, intervalSeconds: 0 } };
  const observe = timeline.observer('device');
  const built = await startDevice({ ...quiet, directory, modems, observe, policy }, table);
  void runInBackground(built, owned);
  await timeline.expect('listening', { since: 0 });
  return {
    broker,
    mail,
    smtpPort: Number(ports[1]),
    device: built.device,
    timeline,
    maildir: join(directory, 'Mail'),
    configs,
    messages,
    startMessages: () => serverProcess(configs.messages),
  };
}
