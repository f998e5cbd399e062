import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { callControl } from '../../src/base/control.ts';
import { mosquittoPasswordLine } from '../../src/bus/mosquitto-password.ts';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE, deviceTable, type ServerTable, serverTable, writeToml } from '../../src/cli/demo/parts.ts';
import { type HandheldHere, placeWithModems, startHandheld } from './handheld-here.ts';
import { MAIL_USER, MESSAGE_USER, type Mosquitto, mosquitto } from './mosquitto.ts';
import { ringpost } from './ringpost.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

/** Mail server, Mosquitto and message server, each a process of its own, and the handheld here. */
export interface MosquittoChain extends HandheldHere {
  readonly broker: Mosquitto;
  readonly mail: ServerProcess;
  readonly smtpPort: number;
  /** The `server.toml` of each. */
  readonly configs: { readonly mail: string; readonly messages: string };
  readonly messages: ServerProcess;
  startMessages(): Promise<ServerProcess>;
  /** Gives Mosquitto the lines of `ringpost keys mosquitto`, as an administrator does, and the mail server's beside them. */
  setPasswords(): Promise<void>;
}

/** Starts it all on PTYs; the devices' password lines come from `ringpost keys mosquitto`. It ends with the test. */
export async function mosquittoChain(): Promise<MosquittoChain> {
  const place = await placeWithModems();
  const { directory, modems } = place;
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
  const mailLine = mosquittoPasswordLine({ name: MAIL_USER, password: 'post' });
  const setPasswords = async () => {
    const printed = await ringpost('keys', 'mosquitto', '--config', configs.messages);
    expect(printed).toMatchObject({ code: 0 });
    await broker.setLines([mailLine, ...printed.out.trim().split('\n')]);
  };
  await setPasswords();
  await messages.said(/Connected to the MQTT broker/);

  const mail = await serverProcess(configs.mail);
  const ports = await mail.said(/SMTP on \S+:(\d+), IMAP \(TLS\) on \S+:(\d+)/);
  const servers = { imapPort: Number(ports[2]), mqttPort: broker.port, secret };
  const common = deviceTable({ directory, modems }, servers);
  const handheld = await startHandheld(place, {
    ...common,
    imap: { ...common.imap, ca: join(directory, 'mail-server', 'tls', 'localhost.crt') },
    message_server: { ...common.message_server, ca: broker.ca },
  });
  return {
    broker,
    mail,
    smtpPort: Number(ports[1]),
    ...handheld,
    configs,
    messages,
    setPasswords,
    startMessages: () => serverProcess(configs.messages),
  };
}
