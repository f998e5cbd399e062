import { join } from 'node:path';
import { showBytes } from '../../base/quantity.ts';
import type { DevicePasswords } from '../../server/mail/device-passwords.ts';
import { type MailServer, startMailServer } from '../../server/mail/mail-server.ts';
import { ringingMailboxes } from '../../server/mail/ringing.ts';
import type { StoredEvent } from '../../server/mail/store/mail-store.ts';
import type { TriggerAgent } from '../../server/trigger-agent.ts';
import type { Certificate } from '../certificate.ts';
import type { MailConfig } from '../config/server/mail.ts';
import { smtpSetup } from './mail-out.ts';
import type { ServerSurroundings } from './server.ts';

interface Surroundings extends ServerSurroundings {
  readonly state: string;
}

/** Starts the embedded mail server. */
export async function startMail(
  config: MailConfig,
  around: Surroundings & {
    readonly certificate: Certificate;
    readonly devicePasswords: DevicePasswords | undefined;
  },
): Promise<MailServer> {
  const { clock, log, state, certificate } = around;
  return startMailServer({
    root: join(state, 'mail'),
    users: config.users,
    devicePasswords: around.devicePasswords,
    host: config.host,
    smtp: await smtpSetup(config, state),
    postmaster: config.postmaster,
    newAccounts: config.mailboxes,
    imap: { port: config.imap_port, starttlsPort: config.imap_starttls_port },
    tls: certificate,
    name: config.domain,
    clock,
    log: log.child({ room: 'mail-server' }),
  });
}

/** Hands every stored mail to the trigger agent (R3, R4), also what came in the instant before a crash. Disposing stops it. */
export async function watchStore(
  mail: MailServer,
  agent: TriggerAgent,
  around: ServerSurroundings & { readonly users: MailConfig['users'] },
): Promise<AsyncDisposable> {
  const { log, observe } = around;
  const stop = mail.store.onStored((event) => {
    // What a client appended, perhaps the device itself, is no reason to ring it.
    if (event.via === 'append') return;
    observe({ name: 'stored', text: storedText(event), fields: { ...event } });
    agent
      .stored(event)
      .catch((error: unknown) => log.error({ err: error }, 'A first trigger could not be queued'));
  });
  await agent.reconcile(await places(mail, around.users));
  return { [Symbol.asyncDispose]: async () => stop() };
}

/** Where each mailbox with a device stands: what came in the instant before a crash is triggered now. */
async function places(mail: MailServer, users: MailConfig['users']) {
  const ringing = await ringingMailboxes(mail.store, users);
  return ringing.map(({ name, device, uidvalidity, uidnext }) => ({
    mailbox: name,
    device,
    uidvalidity,
    uidnext,
  }));
}

function storedText({ user, mailbox, count, size, uidnext }: StoredEvent): string {
  return `${count === 1 ? `mail ${uidnext - 1}` : `${count} mails`} (${showBytes(size)}) in ${mailbox} of ${user}`;
}
