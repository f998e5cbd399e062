import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { anna } from './mail-server.ts';
import { temporaryDirectory } from './room.ts';

/** `ringpost server` as a process of its own, with a mail server and a broker. */
export interface ServerProcess {
  readonly directory: string;
  readonly smtpPort: number;
  readonly imapPort: number;
  readonly starttlsPort: number;
  /** PEM file that its clients trust. */
  readonly certificate: string;
}

const CONFIG = (directory: string) => `
state = "${directory}/state"
socket = "${directory}/server.sock"

[mail]
smtp_port = 0
imap_port = 0
imap_starttls_port = 0

[[mail.users]]
name = "${anna.name}"
password = "${anna.password}"
addresses = ["${anna.addresses[0]}"]
device = "${anna.device}"

[broker]
port = 0
`;

/** Starts it, waits until it says where it listens, and ends it with the test. */
export async function serverProcess(): Promise<ServerProcess> {
  const directory = await temporaryDirectory();
  const config = join(directory, 'server.toml');
  await writeFile(config, CONFIG(directory), { mode: 0o600 });
  const child = spawn('node_modules/.bin/tsx', ['src/cli/main.ts', 'server', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (bytes) => {
      said += bytes;
      if (said.includes('certificate for clients')) resolve();
    });
    void ended.then(() => reject(new Error(`ringpost server ended: ${said}`)));
  });
  const port = (what: string) => Number(said.split(`${what} on 127.0.0.1:`)[1]?.match(/^\d+/)?.[0]);
  return {
    directory,
    smtpPort: port('SMTP'),
    imapPort: port('IMAP (TLS)'),
    starttlsPort: port('IMAP (STARTTLS)'),
    certificate: join(directory, 'state', 'tls', 'localhost.crt'),
  };
}
