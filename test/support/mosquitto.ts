import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { mosquittoPasswordLine } from '../../src/bus/mosquitto-password.ts';
import { makeCertificate } from '../../src/cli/certificate.ts';
import { need } from './program.ts';

/** The users of the servers in `hardware/mosquitto/ringpost.acl`. */
export const MAIL_USER = 'ringpost-mail';
export const MESSAGE_USER = 'ringpost-message';

/** A real Mosquitto on loopback, with the files that we ship; only paths, port and address are changed in them. */
export class Mosquitto {
  readonly port: number;
  readonly #room: string;
  readonly #log: string[] = [];
  #child: ChildProcess | undefined;

  constructor(room: string, port: number) {
    this.#room = room;
    this.port = port;
  }

  get url(): string {
    return `mqtts://localhost:${this.port}`;
  }

  /** PEM file of the certificate that clients trust. */
  get ca(): string {
    return join(this.#room, 'certs', 'ringpost.crt');
  }

  /** All that it logged, of every start. */
  get log(): string {
    return this.#log.join('');
  }

  /** Name -> password, instead of those before; a running one takes them at once. */
  async setUsers(users: Readonly<Record<string, string>>): Promise<void> {
    await this.setLines(
      Object.entries(users).map(([name, password]) => mosquittoPasswordLine({ name, password })),
    );
  }

  /** The same with the lines of the password file, as `ringpost keys mosquitto` prints them. */
  async setLines(lines: readonly string[]): Promise<void> {
    await this.#install('ringpost.passwords', `${lines.join('\n')}\n`);
    await this.#reload();
  }

  /** Changes the access rules that we ship. */
  async setRules(change: (rules: string) => string): Promise<void> {
    await this.#install('ringpost.acl', change(await shipped('ringpost.acl')));
    await this.#reload();
  }

  /** Starts it, again on the same port and over the same state, and resolves when it answers. */
  async start(): Promise<void> {
    const args = ['-c', join(this.#room, 'mosquitto.conf')];
    const child = spawn('/usr/sbin/mosquitto', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (chunk) => this.#log.push(`${chunk}`));
    await this.#until(/ running$/m);
  }

  /** Ends it: SIGTERM saves what it keeps, SIGKILL is a power cut. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Resolves once it has logged this since now. */
  async logs(pattern: RegExp, act: () => unknown = () => {}): Promise<void> {
    const seen = this.#until(pattern);
    await act();
    await seen;
  }

  async layOut(users: Readonly<Record<string, string>>): Promise<void> {
    // As root it becomes the user mosquitto, who needs to pass through.
    await chmod(this.#room, 0o755);
    for (const directory of ['certs', 'conf.d', 'lib']) await mkdir(join(this.#room, directory));
    await giveAway(join(this.#room, 'lib'));
    const { cert, key } = await makeCertificate('localhost');
    await this.#install('certs/ringpost.crt', cert, 0o644);
    await this.#install('certs/ringpost.key', key);
    await this.setRules((rules) => rules);
    await this.setUsers(users);
    const conf = (await shipped('ringpost.conf'))
      .replace('listener 8883', `listener ${this.port} 127.0.0.1`)
      .replaceAll('/etc/mosquitto/', `${this.#room}/`);
    await this.#install('conf.d/ringpost.conf', conf, 0o644);
    await this.#install('mosquitto.conf', debianConfiguration(this.#room), 0o644);
  }

  async #install(name: string, content: string, mode = 0o600): Promise<void> {
    const path = join(this.#room, name);
    await writeFile(path, content, { mode });
    await giveAway(path);
  }

  async #reload(): Promise<void> {
    if (this.#child?.exitCode !== null) return;
    await this.logs(/Reloading config\.$/m, () => this.#child?.kill('SIGHUP'));
  }

  async #until(pattern: RegExp): Promise<void> {
    const child = this.#child;
    if (!child?.stderr) throw new Error('Mosquitto does not run');
    let text = '';
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer) => {
        text += chunk;
        if (pattern.test(text)) settle(resolve);
      };
      const onExit = () => settle(() => reject(new Error(`Mosquitto ended before ${pattern}:\n${this.log}`)));
      const settle = (done: () => void) => {
        child.stderr?.off('data', onData);
        child.off('exit', onExit);
        done();
      };
      child.stderr?.on('data', onData);
      child.once('exit', onExit);
    });
  }
}

/** Starts Mosquitto with these users, name -> password. It ends with the test. */
export async function mosquitto(users: Readonly<Record<string, string>>): Promise<Mosquitto> {
  await need('/usr/sbin/mosquitto', 'mosquitto');
  const room = await mkdtemp(join(tmpdir(), 'ringpost-mosquitto-'));
  const broker = new Mosquitto(room, await freePort());
  onTestFinished(async () => {
    await broker.stop('SIGKILL');
    await rm(room, { recursive: true, force: true });
  });
  await broker.layOut(users);
  await broker.start();
  return broker;
}

function shipped(name: string): Promise<string> {
  return readFile(join('hardware/mosquitto', name), 'utf8');
}

/** What Debian's /etc/mosquitto/mosquitto.conf says, with a log that can be read here. */
function debianConfiguration(room: string): string {
  return `persistence true
persistence_location ${room}/lib/
log_dest stderr
log_type all
include_dir ${room}/conf.d
`;
}

async function giveAway(path: string): Promise<void> {
  if (userInfo().uid !== 0) return;
  const id = async (flag: string) => Number((await promisify(execFile)('id', [flag, 'mosquitto'])).stdout);
  await chown(path, await id('-u'), await id('-g'));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
