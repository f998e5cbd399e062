import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { settlable } from '../../../src/base/settlable.ts';
import { need } from '../program.ts';
import { makeInitrd, newestKernel } from './initrd.ts';

const BOOT_MS = 120_000;
const COMMAND_MS = 120_000;

/** What a command in the guest printed, and its exit code. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** A command that goes on. */
export interface Started {
  readonly ended: Promise<number>;
  /** What it printed so far. */
  output(): Promise<string>;
}

/**
 * A virtual machine with a kernel of its own and this machine's programs and files, to which it writes nothing: there
 * tests are root, with interfaces, routes and PPP. qemu emulates its processor, so it needs no right and no hardware.
 */
export class Guest implements AsyncDisposable {
  /** A directory that both write; `/mnt/share` in the guest. */
  readonly share: string;
  readonly #room: string;
  readonly #qemu: ChildProcess;
  readonly #waiting = new Map<string, (code: number) => void>();
  readonly #ready = settlable<void>();
  #control!: Socket;
  #count = 0;
  #console = '';

  private constructor(room: string, qemu: ChildProcess) {
    this.#room = room;
    this.share = join(room, 'share');
    this.#qemu = qemu;
    qemu.stdout?.on('data', (bytes) => {
      this.#console = (this.#console + bytes).slice(-20_000);
    });
    qemu.stderr?.on('data', (bytes) => {
      this.#console += bytes;
    });
  }

  /** Boots it. Rejects with what its console showed. */
  static async boot(): Promise<Guest> {
    await need('qemu-system-x86_64', 'qemu-system-x86');
    await need('busybox', 'busybox-static');
    await need('cpio', 'cpio');
    await need('modprobe', 'kmod');
    const room = await mkdtemp(join(tmpdir(), 'ringpost-guest-'));
    await mkdir(join(room, 'share'));
    const kernel = await newestKernel();
    const initrd = await makeInitrd(room, kernel);
    const qemu = spawn('qemu-system-x86_64', [
      ...['-accel', 'tcg', '-cpu', 'qemu64', '-smp', '2', '-m', '1536'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-kernel', kernel.image, '-initrd', initrd],
      ...[
        '-append',
        `console=ttyS0 quiet panic=-1 mitigations=off guest=${fileURLToPath(new URL('second.sh', import.meta.url))}`,
      ],
      ...['-serial', 'stdio', '-serial', `unix:${join(room, 'control')},server=on,wait=off`],
      ...files('host', '/', 'readonly=on,multidevs=remap'),
      ...files('share', join(room, 'share'), 'multidevs=remap'),
    ]);
    const guest = new Guest(room, qemu);
    try {
      await guest.#connect();
    } catch (error) {
      await guest[Symbol.asyncDispose]();
      throw error;
    }
    return guest;
  }

  /** Runs a shell command as root and waits for its end, at most a minute. */
  async run(command: string): Promise<Ran> {
    const { ended, output } = await this.start(command);
    let late: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      const tell = async () =>
        reject(new Error(`in the guest, ${command}: not over in time: ${await output()}`));
      late = setTimeout(tell, COMMAND_MS);
    });
    try {
      return { code: await Promise.race([ended, deadline]), output: await output() };
    } finally {
      clearTimeout(late);
    }
  }

  /** The same, rejecting when it fails; gives what it printed. */
  async must(command: string): Promise<string> {
    const { code, output } = await this.run(command);
    if (code !== 0) throw new Error(`in the guest, ${command}: exit ${code}: ${output}`);
    return output;
  }

  /** Starts a shell command that goes on. */
  async start(command: string): Promise<Started> {
    this.#count += 1;
    const number = String(this.#count);
    await writeFile(join(this.share, `${number}.sh`), `${command}\n`);
    const ended = new Promise<number>((resolve) => this.#waiting.set(number, resolve));
    this.#control.write(`${number}\n`);
    return { ended, output: () => readFile(join(this.share, `${number}.out`), 'utf8').catch(() => '') };
  }

  /** What its console showed last. */
  get console(): string {
    return this.#console;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#qemu.exitCode === null && this.#qemu.signalCode === null) {
      const gone = once(this.#qemu, 'exit');
      this.#qemu.kill('SIGKILL');
      await gone;
    }
    this.#control?.destroy();
    await rm(this.#room, { recursive: true, force: true });
  }

  async #connect(): Promise<void> {
    const failed = once(this.#qemu, 'exit').then(() =>
      Promise.reject(new Error(`qemu ended: ${this.#console}`)),
    );
    failed.catch(() => {});
    const control = vi.waitFor(() => opened(join(this.#room, 'control')), { timeout: 10_000, interval: 50 });
    this.#control = await Promise.race([control, failed]);
    createInterface({ input: this.#control }).on('line', (line) => this.#told(line));
    const late = new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`the guest did not boot: ${this.#console}`)), BOOT_MS).unref(),
    );
    await Promise.race([this.#ready.promise, failed, late]);
  }

  #told(line: string): void {
    if (line === 'ready') this.#ready.resolve();
    const [number = '', code] = line.split(' ');
    this.#waiting.get(number)?.(Number(code));
    this.#waiting.delete(number);
  }
}

/** A directory that the guest mounts by its tag. */
function files(tag: string, path: string, more: string): string[] {
  return ['-virtfs', `local,path=${path},mount_tag=${tag},security_model=none,${more}`];
}

async function opened(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}
