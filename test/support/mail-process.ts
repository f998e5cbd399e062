import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { anna } from './mail-server.ts';
import { temporaryDirectory } from './room.ts';
import { serverProcess } from './server-process.ts';

/** `ringpost server` as a process of its own, with a mail server and a broker. */
export interface MailProcess {
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

/** Starts it and waits until it says where it listens; it ends with the test. */
export async function mailProcess(): Promise<MailProcess> {
  const directory = await temporaryDirectory();
  const config = join(directory, 'server.toml');
  await writeFile(config, CONFIG(directory), { mode: 0o600 });
  const server = await serverProcess(config);
  const text = (await server.said(/[\s\S]*certificate for clients.*/))[0];
  const port = (what: string) => Number(text.split(`${what} on 127.0.0.1:`)[1]?.match(/^\d+/)?.[0]);
  return {
    directory,
    smtpPort: port('SMTP'),
    imapPort: port('IMAP (TLS)'),
    starttlsPort: port('IMAP (STARTTLS)'),
    certificate: join(directory, 'state', 'tls', 'localhost.crt'),
  };
}
