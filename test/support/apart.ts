import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callControl } from '../../src/base/control.ts';
import { devicePassword } from '../../src/bus/device-password.ts';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE, deviceTable, type ServerTable, serverTable, writeToml } from '../../src/cli/demo/parts.ts';
import type { Dovecot } from './dovecot.ts';
import { type HandheldHere, placeWithModems, startHandheld } from './handheld-here.ts';
import { MAIL_USER, MESSAGE_USER, mosquitto } from './mosquitto.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

/** Message server, Mosquitto with our rules and the watcher, a process each, the handheld here, a foreign mail server. */
export interface Apart extends HandheldHere {
  readonly messages: ServerProcess;
  /** The watcher's `server.toml`. */
  readonly watchConfig: string;
  startWatcher(): Promise<ServerProcess>;
}

type WatchTable = NonNullable<ServerTable['watch']>;

/** Starts message server and handheld, on PTYs, and writes the watcher's configuration. It ends with the test. */
export async function serversApart(mail: Dovecot, watch: WatchTable): Promise<Apart> {
  const place = await placeWithModems();
  const { directory, modems } = place;
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
  const common = deviceTable({ directory, modems }, { imapPort: mail.imaps, mqttPort: broker.port, secret });
  const { user, password } = mail;
  const handheld = await startHandheld(place, {
    ...common,
    message_server: { ...common.message_server, ca: broker.ca },
    imap: { ...common.imap, user, password, ca, servername: 'mail.example' },
  });
  return { ...handheld, messages, watchConfig, startWatcher: () => serverProcess(watchConfig) };
}
