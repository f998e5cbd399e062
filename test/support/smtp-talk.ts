import { createTransport } from 'nodemailer';
import type { SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import type { MailServer } from '../../src/server/mail/mail-server.ts';
import type { SubmissionSetup } from '../../src/server/mail/smtp/start.ts';
import { certificate } from '../mail/imap/scripted-server.ts';
import { type Manners, submissionServer } from '../mail/outbox/submission-server.ts';
import { anna, makeCertificate, RawClient, runMailServer } from './mail-server.ts';
import { temporaryDirectory } from './room.ts';

/** A client of SMTP that says what it is told, and gives each answer with all its lines. */
export async function talkSmtp(port: number, { tls = false, hello = 'EHLO sender.example.net' } = {}) {
  const client = tls ? RawClient.tls(port) : RawClient.plain(port);
  await client.until(/^220 /);
  const ask = async (line: string): Promise<string> => {
    client.send(`${line}\r\n`);
    return client.until(/^\d{3} .*\r\n/m);
  };
  const greeting = await ask(hello);
  return { client, ask, greeting };
}

export type Talk = Awaited<ReturnType<typeof talkSmtp>>;

/** RFC 4616, in base64. */
export function plainToken(user: string, password: string): string {
  return Buffer.from(`\0${user}\0${password}`).toString('base64');
}

/** Envelope and DATA, up to the 354. */
export async function begin({ ask }: Talk, from: string, ...to: string[]): Promise<string> {
  await ask(`MAIL FROM:<${from}>`);
  for (const one of to) await ask(`RCPT TO:<${one}>`);
  return ask('DATA');
}

/** A mail server with both submission ports, and a smarthost that behaves as it is told. */
export async function withSmarthost(
  more: Parameters<typeof runMailServer>[0] & { submission?: Partial<SubmissionSetup> } = {},
  manners: Partial<Manners> = {},
  library: SMTPServerOptions = {},
) {
  const smarthost = await submissionServer(manners, library);
  const { cert: ca } = await certificate();
  const tls = { mode: 'implicit', ca } as const;
  const account = { host: 'mail.example', port: 465, user: 'ada', password: 'secret', tls };
  const { submission, smtp, ...rest } = more;
  const directory = await temporaryDirectory();
  const server = await runMailServer({
    ...rest,
    tls: await makeCertificate(),
    smtp: {
      port: 0,
      ...smtp,
      submission: {
        port: 0,
        tlsPort: 0,
        domain: 'example.org',
        directory,
        smarthost: account,
        connect: smarthost.connect,
        ...submission,
      },
    },
  });
  return { server, smarthost, directory };
}

/** A user's mail program at the submission port. */
export function mailer({ smtp }: MailServer, { user = anna.name, pass = anna.password } = {}) {
  const transport = createTransport({
    host: '127.0.0.1',
    port: smtp.submissionPort,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user, pass },
  });
  onTestFinished(() => transport.close());
  return transport;
}

/** What is in somebody's INBOX, oldest first. */
export async function inboxOf(server: Pick<MailServer, 'store'>, user: string): Promise<string[]> {
  const inbox = await server.store.mailbox(user, 'INBOX');
  const texts: string[] = [];
  for (const message of inbox.messages) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of inbox.read(message)) chunks.push(chunk);
    texts.push(Buffer.concat(chunks).toString('latin1'));
  }
  return texts;
}
