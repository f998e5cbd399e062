import { ImapFlow } from 'imapflow';
import { onTestFinished } from 'vitest';
import { USER } from '../../src/cli/demo/parts.ts';
import type { System } from './system.ts';

/** An IMAP client of another make, logged in as the handheld's user at the embedded server: with the user's own password, or another. */
export async function ordinaryClient(
  { server }: System,
  password: string = USER.password,
): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: 'localhost',
    port: server.mail?.imapPort ?? 0,
    secure: true,
    tls: { ca: server.certificate.cert },
    auth: { user: USER.name, pass: password },
    logger: false,
  });
  await client.connect();
  onTestFinished(() => client.close());
  return client;
}
