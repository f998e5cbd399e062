import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ServerTable, writeToml } from '../../src/cli/demo/parts.ts';
import { temporaryDirectory } from './room.ts';

export interface ServerProcess {
  readonly directory: string;
  /** PEM file of its certificate, which is for localhost. */
  readonly ca: string;
  /** What it said when it was up. */
  readonly said: string;
  /** The port in the line that begins so: `SMTP on`. */
  port(words: string): number;
}

/** `ringpost server` with this mail section, as a process of its own, until the test ends. It has no message server. */
export async function serverProcess(mail: NonNullable<ServerTable['mail']>): Promise<ServerProcess> {
  const directory = await temporaryDirectory();
  const config = join(directory, 'server.toml');
  const state = join(directory, 'state');
  await writeToml(config, { state, socket: join(directory, 'sock'), mail, broker: { port: 0 }, log: 'warn' });
  const words = ['src/cli/main.ts', 'server', '--config', config];
  const child = spawn(process.execPath, ['--import', 'tsx', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = new Promise<never>((_resolve, reject) => {
    child.once('close', (code) => reject(new Error(`ringpost server ended (${code}): ${said}`)));
  });
  gone.catch(() => {});
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await gone.catch(() => {});
  });
  let said = '';
  const up = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('certificate for clients:')) resolve();
    });
  });
  await Promise.race([up, gone]);
  const port = (words: string) => Number(new RegExp(`${words} \\S+?:(\\d+)`).exec(said)?.[1]);
  return { directory, ca: join(state, 'tls', 'localhost.crt'), said, port };
}
