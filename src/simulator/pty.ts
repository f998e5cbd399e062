import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { mkdir, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { undefinedIfMissing } from '../base/durable.ts';
import { codeOf } from '../base/errors.ts';
import type { BytePort } from './byte-port.ts';
import { loadTerminalCalls, type TerminalCalls } from './libc.ts';
import { noPty } from './no-pty.ts';

/** A pseudo terminal: this end is the modem, `path` is what any program opens as its serial port. */
export interface Pty extends BytePort, AsyncDisposable {
  /** The link when one was asked for, else the device. */
  readonly path: string;
  /** `/dev/pts/7`. */
  readonly device: string;
  /** Resolves when the kernel took the bytes; slow while no program reads them. After `close`: drops them. */
  write(bytes: Uint8Array): Promise<void>;
  /** Removes the link and closes; a program that has it open sees a hang-up. */
  close(): Promise<void>;
}

export interface PtyOptions {
  /** A symbolic link to make (an old one is replaced), for a name that stays. */
  readonly link?: string | undefined;
  /** The multiplexer. Default `/dev/ptmx`. */
  readonly multiplexer?: string | undefined;
}

/** Linux on x86 and ARM; Node does not export it. Children must not inherit the terminal. */
const O_CLOEXEC = 0o2000000;

/** How long a full terminal is left alone before the next try; the kernel cannot wake us for one that we read, too. */
const FULL_WAIT_MS = 4;

/**
 * Makes a pseudo terminal in raw mode without root and without Debian packages.
 * Rejects with SimulatorError `no-pty`, whose message names the mend.
 */
export async function openPty(options: PtyOptions = {}): Promise<Pty> {
  const multiplexer = options.multiplexer ?? '/dev/ptmx';
  const calls = await loadTerminalCalls();
  const master = openMaster(multiplexer);
  try {
    const { device, slave } = openSlave(calls, master, multiplexer);
    if (options.link) await makeLink(device, options.link);
    return new KernelPty(master, slave, device, options.link);
  } catch (error) {
    closeSync(master);
    throw error;
  }
}

function openMaster(multiplexer: string): number {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK | O_CLOEXEC;
  try {
    return openSync(multiplexer, flags);
  } catch (cause) {
    throw noPty(multiplexer, cause);
  }
}

/**
 * The slave stays open here for the whole life of the terminal: without it the master fails with EIO each time
 * a client leaves, and the raw mode would be forgotten.
 */
function openSlave(
  calls: TerminalCalls,
  master: number,
  multiplexer: string,
): { device: string; slave: number } {
  try {
    const device = calls.unlockAndName(master);
    const slave = openSync(device, constants.O_RDWR | constants.O_NOCTTY | O_CLOEXEC);
    calls.makeRaw(slave);
    return { device, slave };
  } catch (cause) {
    throw noPty(multiplexer, cause);
  }
}

async function makeLink(device: string, link: string): Promise<void> {
  await mkdir(dirname(link), { recursive: true });
  await unlink(link).catch(undefinedIfMissing);
  await symlink(device, link);
}

class KernelPty implements Pty {
  readonly device: string;
  readonly #link: string | undefined;
  readonly #master: number;
  readonly #slave: number;
  readonly #input: ReadStream;
  #closed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(master: number, slave: number, device: string, link: string | undefined) {
    this.device = device;
    this.#link = link;
    this.#master = master;
    this.#slave = slave;
    this.#input = new ReadStream(master);
    this.#input.on('error', () => void this.close());
    this.#input.resume();
  }

  get path(): string {
    return this.#link ?? this.device;
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    this.#input.on('data', listener);
    return () => this.#input.off('data', listener);
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll(bytes));
    return this.#writing;
  }

  /** Not through the stream: libuv writes to a terminal master in blocking mode, which stops the process when it is full. */
  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length && !this.#closed; ) {
      const written = this.#writeSome(bytes.subarray(offset));
      offset += written;
      if (written === 0) await delay(FULL_WAIT_MS, undefined, { ref: false });
    }
  }

  #writeSome(bytes: Uint8Array): number {
    try {
      return writeSync(this.#master, bytes);
    } catch (error) {
      if (codeOf(error) === 'EAGAIN') return 0;
      void this.close();
      return bytes.length;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.destroy();
    closeSync(this.#slave);
    if (this.#link) await unlink(this.#link).catch(undefinedIfMissing);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
