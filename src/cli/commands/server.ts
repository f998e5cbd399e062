import { join } from 'node:path';
import { serveControl } from '../../base/control.ts';
import { abortable } from '../../base/deadline.ts';
import type { SmtpDoors } from '../../server/mail/smtp/start.ts';
import { processSurroundings } from '../build/process.ts';
import { type BuiltServer, buildServer } from '../build/server.ts';
import { serverHandlers } from '../build/server-handlers.ts';
import { type Command, UsageError } from '../command.ts';
import { loadSecretConfig } from '../config/load.ts';
import { type ServerConfig, serverConfig } from '../config/server.ts';
import { serverSettings } from './server-settings.ts';

export const server: Command = {
  operands: '[settings USER|DEVICE [on|off]]',
  options: {
    interval: {
      type: 'string',
      short: 'i',
      value: 'TIME',
      help: 'with settings: shortest time between two synchronisations: 90s, 10m, 2h',
    },
    config: { type: 'string', short: 'c', value: 'FILE', help: 'the configuration, server.toml (mode 0600)' },
    json: { type: 'boolean', help: 'print steps as JSON lines' },
  },
  details: `
Runs the parts that have a section in the configuration, until SIGINT or SIGTERM; so one process, or several on different
machines, do the work. Steps go to standard output, the log to standard error.

  ringpost server --config /etc/ringpost/server.toml

"settings" asks the running one: shows or changes pushing for a user's device, at the mail server as at the message server.

  ringpost server settings ada off --config /etc/ringpost/server.toml`,
  async run(args, signal) {
    const [word] = args.positionals;
    if (word === 'settings') return serverSettings(args, signal);
    if (word !== undefined) throw new UsageError(`expected "settings" or nothing, found "${word}"`);
    const config = await loadSecretConfig(args.text('config'), serverConfig);
    const around = processSurroundings('server', config.log, args.flag('json'));
    await using built = await buildServer(config, around, signal);
    await using _control = await serveControl(config.socket, serverHandlers(built, config), around, signal);
    process.stderr.write(listening(config, built));
    const error = await abortable(built.lost, signal).catch(() => undefined);
    if (error) throw error;
    return 0;
  },
};

function listening(
  config: ServerConfig,
  { mail, watcher, pushPort, broker, messageServer }: BuiltServer,
): string {
  const lines = [
    mail &&
      `SMTP on ${config.mail?.host}:${mail.smtpPort}, IMAP (TLS) on ${config.mail?.host}:${mail.imapPort}`,
    mail && smtpDoors(config, mail.smtp),
    watcher && `watching ${config.watch?.mailboxes.length} users at ${config.watch?.host}`,
    pushPort && `pushes of new mail on ${config.watch?.push?.host}:${pushPort}`,
    mail?.imapStarttlsPort !== undefined &&
      `IMAP (STARTTLS) on ${config.mail?.host}:${mail.imapStarttlsPort}`,
    broker && `MQTT on ${broker.url}`,
    config.mqtt && `MQTT broker at ${config.mqtt.url}`,
    messageServer && `message server, by ${gatewaysInWords(config)}`,
    !config.tls.cert && `certificate for clients: ${join(config.state, 'tls', `${config.tls.name}.crt`)}`,
  ];
  return lines
    .filter((line) => typeof line === 'string')
    .map((line) => `ringpost server: ${line}\n`)
    .join('');
}

function smtpDoors({ mail }: ServerConfig, { lmtpPort, submissionPort, submissionsPort }: SmtpDoors) {
  const doors = [
    submissionPort > 0 && `submission on ${mail?.host}:${submissionPort} (STARTTLS)`,
    submissionsPort > 0 && `submission on ${mail?.host}:${submissionsPort} (TLS)`,
    lmtpPort > 0 && `LMTP on 127.0.0.1:${lmtpPort}`,
    mail?.lmtp_socket && `LMTP on ${mail.lmtp_socket}`,
  ].filter((door) => typeof door === 'string');
  return doors.length > 0 && doors.join(', ');
}

function gatewaysInWords({ message_server: config }: ServerConfig): string {
  const own = config?.modem ? [`the modem on ${config.modem.port}`] : [];
  return [...own, ...(config?.gateways ?? []).map(({ name }) => name)].join(', ');
}
