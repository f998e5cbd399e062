import { ImapFlow } from 'imapflow';
import { onTestFinished } from 'vitest';
import { USER } from '../../src/cli/demo/parts.ts';
import type { System } from './system.ts';

/** An IMAP client of another make, logged in as the handheld's user at the embedded server. */
export async function ordinaryClient({ server }: System): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: 'localhost',
    port: server.mail?.imapPort ?? 0,
    secure: true,
    tls: { ca: server.certificate.cert },
    auth: { user: USER.name, pass: USER.password },
    logger: false,
  });
  await client.connect();
  onTestFinished(() => client.close());
  return client;
}
