import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { systemClock } from '../../src/base/clock.ts';
import type { Account } from '../../src/mail/account.ts';
import { need } from './program.ts';

const run = promisify(execFile);

export interface DovecotOptions {
  /** Capabilities to announce instead of Dovecot's own, `+X` adds. For trials without an extension. */
  readonly capability?: string;
  /** Mailboxes carry annotations (RFC 5464). */
  readonly metadata?: boolean;
  /** Where its push notification plugin puts what LMTP delivered: an URL with user and password. Wants `metadata`. */
  readonly pushTo?: string;
  /** The password of a master user, who logs in as `ada*anything`. */
  readonly masterPassword?: string;
  /** A Sieve script for what LMTP delivers; it may pipe to the program, which is run as whoever runs the test. */
  readonly sieve?: { readonly script: string; readonly program: string };
}

/** A real Dovecot on 127.0.0.1 with one user, in a directory of its own. */
export interface Dovecot extends AsyncDisposable {
  /** IMAP over TLS. */
  readonly imaps: number;
  /** IMAP with STARTTLS. */
  readonly imap: number;
  /** LMTP, where an MTA hands over mail for the user. */
  readonly lmtp: number;
  /** PEM; name in the certificate: `mail.example`. */
  readonly ca: string;
  readonly user: string;
  readonly password: string;
  /** The user's Maildir: `cur`, `new`, `tmp`. Made when Dovecot starts. */
  readonly maildir: string;
  /** Runs doveadm against this server; gives what it prints. */
  doveadm(...args: string[]): Promise<string>;
  log(): Promise<string>;
  /** The IMAP commands that it ran since it was started, with their arguments: `SELECT INBOX (QRESYNC (...))`. */
  commands(): Promise<string[]>;
}

/** How its user logs in, at a proxy where `port` is that one's. */
export function accountOf({ user, password, ca, imaps }: Dovecot, port = imaps): Account {
  const tls = { mode: 'implicit', ca, servername: 'mail.example' } as const;
  return { host: '127.0.0.1', port, user, password, tls };
}

/** Starts Dovecot as the current user, root or not; resolves when it answers. */
export async function dovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  await need('/usr/lib/dovecot/imap', 'dovecot-imapd');
  await need('/usr/lib/dovecot/lmtp', 'dovecot-lmtpd');
  const room = await mkdtemp(join(tmpdir(), 'ringpost-dovecot-'));
  // Dovecot's children change to unprivileged users, also when root starts it: they need to pass through.
  await chmod(room, 0o755);
  const maildir = join(room, 'mail', 'ada');
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(maildir, part), { recursive: true });
  await giveAway(room, ['mail', 'mail/ada', 'mail/ada/cur', 'mail/ada/new', 'mail/ada/tmp']);
  const [imap = 0, imaps = 0, lmtp = 0] = await freePorts(3);
  const ports = { imap, imaps, lmtp };
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'mail.example' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'mail.example' }] }],
  });
  await writeFile(join(room, 'cert.pem'), cert);
  await writeFile(join(room, 'key.pem'), key, { mode: 0o600 });
  const config = join(room, 'dovecot.conf');
  await writeFile(config, configuration(room, ports, options));
  const child = spawn('/usr/sbin/dovecot', ['-F', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const log = async () => stderr + (await readFile(join(room, 'log'), 'utf8').catch(() => ''));
  await answering(ports.imap, async () => {
    if (child.exitCode !== null) throw new Error(`dovecot did not start:\n${await log()}`);
  });
  return {
    ...ports,
    ca: cert,
    user: 'ada',
    password: 'hunter2',
    maildir,
    log,
    commands: async () => commandsIn(await log()),
    doveadm: async (...args) => (await run('/usr/bin/doveadm', ['-c', config, ...args])).stdout,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(room, { recursive: true, force: true });
    },
  };
}

function configuration(
  room: string,
  { imap, imaps, lmtp }: { imap: number; imaps: number; lmtp: number },
  options: DovecotOptions,
): string {
  const { username, uid, gid } = mailUser();
  const root = userInfo().uid === 0;
  const login = root ? 'dovenull' : username;
  const internal = root ? 'dovecot' : username;
  const listener = (port: number, ssl: string) => `port = ${port}\n    address = 127.0.0.1\n    ssl = ${ssl}`;
  return `
base_dir = ${room}/run
state_dir = ${room}/run
log_path = ${room}/log
protocols = imap lmtp
listen = 127.0.0.1
default_login_user = ${login}
default_internal_user = ${internal}
default_internal_group = ${root ? 'dovecot' : ''}
ssl = required
ssl_cert = <${room}/cert.pem
ssl_key = <${room}/key.pem
auth_mechanisms = plain
auth_username_format = %Ln
mail_location = maildir:${room}/mail/%u
mail_uid = ${uid}
mail_gid = ${gid}
first_valid_uid = ${Math.min(uid, 1)}
first_valid_gid = ${Math.min(gid, 1)}
mail_plugins = zlib
${options.capability === undefined ? '' : `imap_capability = ${options.capability}`}
${options.metadata ? `mail_attribute_dict = file:${room}/mail/%u/dovecot-attributes` : ''}
${options.masterPassword === undefined ? '' : masterUser(options.masterPassword)}
passdb {
  driver = static
  args = password=hunter2
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${room}/mail/%u
}
protocol imap {
  mail_plugins = zlib imap_zlib
  mail_max_userip_connections = 50
  imap_metadata = ${options.metadata ? 'yes' : 'no'}
}
${options.pushTo === undefined ? '' : pushing(options.pushTo)}
${options.sieve === undefined ? '' : sieving(options.sieve, username)}
namespace inbox {
  inbox = yes
}
service imap-login {
  # More than one connection for each process: else its TLS tickets are worth nothing to the next.
  service_count = 0
  process_min_avail = 1
  process_limit = 1
  client_limit = 100
  chroot =
  inet_listener imap {
    ${listener(imap, 'no')}
  }
  inet_listener imaps {
    ${listener(imaps, 'yes')}
  }
}
service lmtp {
  ${root ? '' : `user = ${username}`}
  inet_listener lmtp {
    port = ${lmtp}
    address = 127.0.0.1
  }
}
# Every IMAP command goes to the log.
event_exporter log {
  format = json
  format_args = time-rfc3339
  transport = log
}
metric imap_commands {
  exporter = log
  filter = event=imap_command_finished
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
${root ? '' : `service auth {\n  user = ${username}\n}\nservice auth-worker {\n  user = ${username}\n}`}
`;
}

/** As in Dovecot's manual, "Master users". */
function masterUser(password: string): string {
  return `
auth_master_user_separator = *
passdb {
  driver = static
  master = yes
  args = password=${password}
}`;
}

/** As in Pigeonhole's manual, "Extprograms Plugin": the program stands behind a socket, so that it is not run as the mail's owner. */
function sieving({ script, program }: { script: string; program: string }, mailUser: string): string {
  return `
protocol lmtp {
  mail_plugins = $mail_plugins sieve
}
plugin {
  sieve_plugins = sieve_extprograms
  sieve_global_extensions = +vnd.dovecot.pipe
  sieve_pipe_socket_dir = .
  sieve_before = ${script}
}
service ringpost-look {
  executable = script ${program}
  # Node reserves more address space than the 256 MB that Dovecot leaves a service.
  vsz_limit = 0
  user = ${userInfo().username}
  unix_listener ringpost-look {
    user = ${mailUser}
    mode = 0600
  }
}`;
}

/** As in Dovecot's manual, "Push Notification Framework". */
function pushing(url: string): string {
  return `
protocol lmtp {
  mail_plugins = $mail_plugins notify push_notification
}
plugin {
  push_notification_driver = ox:url=${url} user_from_metadata
}`;
}

function commandsIn(log: string): string[] {
  const events = [...log.matchAll(/(\{"event":.*\})$/gm)].map((match) => JSON.parse(match[1] as string));
  return events.map(({ fields }) => `${fields.cmd_name} ${fields.cmd_args ?? ''}`.trim());
}

/** Whose mail it is: the current user's; nobody's when that is root, whom Dovecot does not serve. */
function mailUser(): { username: string; uid: number; gid: number } {
  const { username, uid, gid } = userInfo();
  return uid === 0 ? { username: 'nobody', uid: 65534, gid: 65534 } : { username, uid, gid };
}

async function giveAway(room: string, parts: readonly string[]): Promise<void> {
  const { uid, gid } = mailUser();
  for (const part of parts) await chown(join(room, part), uid, gid);
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number;
}

/** All at once, so that they are different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const listening = servers.map(
    (server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)),
  );
  await Promise.all(listening);
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}

async function answering(port: number, check: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await check();
    const response = await greeting(port);
    if (response.startsWith('* OK')) return;
    await systemClock.sleep(100);
  }
  throw new Error(`nothing answers on port ${port} after 10 s`);
}

async function greeting(port: number): Promise<string> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (chunk) => {
      resolve(String(chunk));
      socket.destroy();
    });
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}
