import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Smarthost } from '../../server/mail/queue/smarthost.ts';
import type { SmtpSetup } from '../../server/mail/smtp/start.ts';
import type { MailConfig } from '../config/server/mail.ts';
import type { SmarthostConfig } from '../config/server/mail-out.ts';

/** What the configuration says about SMTP, LMTP and submission. */
export async function smtpSetup(config: MailConfig, state: string): Promise<SmtpSetup> {
  const { limits, smarthost, domain } = config;
  return {
    port: config.smtp_port,
    lmtp: lmtpPlace(config),
    limits: {
      maxSize: config.max_message,
      maxConnections: limits.connections,
      maxConnectionsPerAddress: limits.connections_per_address,
      maxRecipients: limits.recipients,
      maxRecipientsPerHour: limits.recipients_per_hour,
    },
    submission: {
      port: config.submission_port,
      tlsPort: config.submissions_port,
      domain,
      directory: join(state, 'queue'),
      smarthost: smarthost && (await account(smarthost, domain)),
      queue: { maxMessages: limits.queue_messages, maxBytes: limits.queue_size },
      retry: { lifetime: limits.queue_lifetime * 1000 },
    },
  };
}

/** Nobody is asked who they are there: the loopback only. */
function lmtpPlace({ lmtp_port: port, lmtp_socket: path }: MailConfig): SmtpSetup['lmtp'] {
  if (path !== undefined) return { path };
  return port === undefined ? undefined : { host: '127.0.0.1', port };
}

const PORTS = { tls: 465, starttls: 587, none: 25 } as const;
const MODES = { tls: 'implicit', starttls: 'starttls', none: 'none' } as const;

async function account(config: SmarthostConfig, ehlo: string): Promise<Smarthost> {
  const { host, security, user = '', password = '', servername } = config;
  const ca = config.ca === undefined ? undefined : await readFile(config.ca, 'utf8');
  const tls = { mode: MODES[security], ca, servername };
  return { host, port: config.port ?? PORTS[security], user, password, ehlo, tls };
}
