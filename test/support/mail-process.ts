import { join } from 'node:path';
import { type ServerTable, writeToml } from '../../src/cli/demo/parts.ts';
import { temporaryDirectory } from './room.ts';
import { serverProcess } from './server-process.ts';

export interface MailProcess {
  readonly directory: string;
  readonly state: string;
  /** PEM file of its certificate, which is for localhost. */
  readonly ca: string;
  /** The port that a door said; `words` match what is before its address, `after` what is behind. */
  port(words: string, after?: string): number;
}

/** `ringpost server` with this mail section, as a process of its own, until the test ends. It has no message server. */
export async function mailProcess(mail: NonNullable<ServerTable['mail']>): Promise<MailProcess> {
  const directory = await temporaryDirectory();
  const config = join(directory, 'server.toml');
  const state = join(directory, 'state');
  await writeToml(config, { state, socket: join(directory, 'sock'), mail, broker: { port: 0 }, log: 'warn' });
  const server = await serverProcess(config);
  await server.said(/certificate for clients:/);
  const port = (words: string, after = '') =>
    Number(new RegExp(`${words} \\S+?:(\\d+)${after}`).exec(server.log())?.[1]);
  return { directory, state, ca: join(state, 'tls', 'localhost.crt'), port };
}
