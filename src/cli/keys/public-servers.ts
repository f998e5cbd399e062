import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnrolledServer, EnrolledServers } from '../../enrolment/enrolment.ts';
import { serverCertificate } from '../certificate.ts';
import { type Arguments, UsageError } from '../command.ts';
import type { ServerConfig } from '../config/server.ts';

/** Where the mailbox is, before anybody has a password for it. */
export type MailAddress = Omit<EnrolledServer, 'user' | 'password'>;

/** The message server as a device reaches it: the embedded broker, or one elsewhere. */
export async function publicMessageServer(config: ServerConfig): Promise<EnrolledServers['message']> {
  const { broker, mqtt, public: names, tls } = config;
  if (broker) {
    const host = names.mqtt_host ?? names.host ?? tls.name;
    const port = names.mqtt_port ?? broker.port;
    return broker.tls ? { host, port, ...(await ownTrust(config, host)) } : { host, port, security: 'none' };
  }
  const url = new URL(mqtt?.url ?? '');
  const isTls = url.protocol === 'mqtts:';
  const ca = isTls ? trustOf(mqtt?.ca && (await readFile(mqtt.ca, 'utf8'))) : {};
  return {
    host: names.mqtt_host ?? url.hostname,
    port: names.mqtt_port ?? Number(url.port || (isTls ? 8883 : 1883)),
    ...(isTls ? ca : { security: 'none' as const }),
  };
}

/** The embedded mail server as a device reaches it; undefined where none is configured. */
export async function publicMailServer(config: ServerConfig): Promise<MailAddress | undefined> {
  const { mail, public: names, tls } = config;
  if (!mail) return undefined;
  const host = names.imap_host ?? names.host ?? tls.name;
  return { host, port: names.imap_port ?? mail.imap_port, ...(await ownTrust(config, host)) };
}

/** Its submission, with the name and password of IMAP; undefined where it has none. */
export async function publicSubmission(config: ServerConfig): Promise<EnrolledServer | undefined> {
  const { mail, public: names, tls } = config;
  const port = names.submission_port ?? mail?.submission_port;
  if (!mail || port === undefined) return undefined;
  const host = names.submission_host ?? names.host ?? tls.name;
  return { host, port, security: 'starttls', ...(await ownTrust(config, host)) };
}

/** A mail server elsewhere, as the command line says. */
export async function givenMailServer(args: Arguments): Promise<MailAddress | undefined> {
  const host = args.text('imap-host');
  return host === undefined ? undefined : given(args, host, args.text('imap-port') ?? '993', '--imap-port');
}

export async function givenSubmission(args: Arguments): Promise<EnrolledServer | undefined> {
  const host = args.text('smtp-host');
  if (host === undefined) return undefined;
  const port = args.text('smtp-port') ?? '587';
  const security = port === '465' ? {} : { security: 'starttls' as const };
  return { ...(await given(args, host, port, '--smtp-port')), ...security };
}

async function given(args: Arguments, host: string, port: string, option: string): Promise<MailAddress> {
  if (!/^\d{1,5}$/.test(port)) throw new UsageError(`${option}: expected a port, found "${port}"`);
  const ca = args.text('imap-ca');
  return {
    host,
    port: Number(port),
    ...trustOf(ca === undefined ? undefined : await readFile(ca, 'utf8'), true),
  };
}

/** The server's own certificate, where no public authority vouches for it. */
async function ownTrust(config: ServerConfig, host: string) {
  const { cert } = await serverCertificate(join(config.state, 'tls'), config.tls);
  const trust = trustOf(cert);
  if (!trust.trust) return trust;
  const named = new X509Certificate(cert).checkHost(host) !== undefined;
  return { ...trust, ...(named || host === config.tls.name ? {} : { servername: config.tls.name }) };
}

/** A self-signed certificate is carried; one that somebody vouches for is not, unless it was named on purpose. */
function trustOf(pem: string | undefined, always = false): { trust?: Uint8Array } {
  if (!pem) return {};
  const certificate = new X509Certificate(pem);
  return always || isSelfSigned(certificate) ? { trust: certificate.raw } : {};
}

/** `checkIssued` is no help: it wants a certificate that may sign others, and ours may not. */
function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}
