import { stat } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import { systemClock } from '../base/clock.ts';
import { asError, codeOf } from '../base/errors.ts';
import { type Settlable, settlable } from '../base/settlable.ts';
import { ModemError } from './errors.ts';
import type { SerialLine } from './serial-line.ts';

export interface SerialPortOptions {
  readonly path: string;
  /** Bits per second; ignored by PTYs and by USB ports. */
  readonly baudRate: number;
  /** Hardware flow control; needs the RTS and CTS wires. Default false. */
  readonly rtscts?: boolean;
}

/** Opens a serial port; rejects with ModemError `line-unavailable`, its system error as `cause`. */
export async function openSerialLine(options: SerialPortOptions, signal?: AbortSignal): Promise<SerialLine> {
  signal?.throwIfAborted();
  const port = new SerialPort({ ...options, autoOpen: false });
  const opened = settlable();
  port.open((error) => (error ? opened.reject(unavailable(options.path, error)) : opened.resolve()));
  await opened.promise;
  const line = new PortLine(port, options.path, await hasModemWires(port));
  if (signal?.aborted) {
    await line.close();
    throw signal.reason;
  }
  return line;
}

function unavailable(path: string, cause: Error): ModemError {
  return new ModemError(`${path}: cannot be opened (${cause.message})`, {
    code: 'line-unavailable',
    temporary: true,
    fields: { path, reason: codeOf(cause) },
    cause,
  });
}

/** PTYs and three-wire UARTs answer ENOTTY when asked for their wires. */
function hasModemWires(port: SerialPort): Promise<boolean> {
  return new Promise((resolve) => port.get((error) => resolve(!error)));
}

/** How often a port is looked for in the file system, in milliseconds. */
const WATCH_MS = 1000;

async function deviceOf(path: string): Promise<string> {
  const { dev, ino, rdev } = await stat(path);
  return `${dev}:${ino}:${rdev}`;
}

class PortLine implements SerialLine {
  readonly path: string;
  readonly closed: Promise<Error | undefined>;
  readonly setDtr?: (on: boolean) => Promise<void>;
  readonly #port: SerialPort;
  readonly #gone: Settlable<Error | undefined> = settlable();
  readonly #life = new AbortController();
  /** The callback of a write never comes once the port is closed. */
  readonly #writing = new Set<Settlable<void>>();
  #closing: Promise<void> | undefined;
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();

  constructor(port: SerialPort, path: string, wires: boolean) {
    this.path = path;
    this.#port = port;
    this.closed = this.#gone.promise;
    if (wires) this.setDtr = (on) => this.#set({ dtr: on });
    // Kept for the life of the port: without a data listener a vanished port is never reported.
    port.on('data', (bytes: Buffer) => {
      for (const listener of this.#listeners) listener(bytes);
    });
    port.on('error', (error) => this.#lost(error));
    port.on('close', (error?: Error | null) => this.#lost(error ?? undefined));
    void this.#watch();
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  flow(on: boolean): void {
    if (on) this.#port.resume();
    else this.#port.pause();
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#port.isOpen) throw this.#closedError('write on a closed port');
    const written = settlable();
    this.#writing.add(written);
    this.#port.write(Buffer.from(bytes), (error) => (error ? written.reject(error) : written.resolve()));
    try {
      await written.promise;
    } catch (cause) {
      throw this.#closedError(`write failed (${asError(cause).message})`, cause);
    } finally {
      this.#writing.delete(written);
    }
  }

  /** Only once: a second close of a port that is closing never calls back. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * serialport reads in an endless loop, and reports nothing, when the port goes away in the middle of a read
   * (a read of nothing is not an error to it). So the device is looked for as well; plugged in again, it is another one.
   */
  async #watch(): Promise<void> {
    try {
      const device = await deviceOf(this.path);
      for (;;) {
        await systemClock.sleep(WATCH_MS, this.#life.signal);
        const now = await deviceOf(this.path);
        if (now !== device) throw new Error('the device is another one');
      }
    } catch (error) {
      if (!this.#life.signal.aborted) this.#lost(asError(error));
    }
  }

  async #close(): Promise<void> {
    this.#life.abort();
    if (this.#port.isOpen) await new Promise<void>((resolve) => this.#port.close(() => resolve()));
    this.#end(undefined);
  }

  #end(error: Error | undefined): void {
    this.#gone.resolve(error);
    for (const written of this.#writing) written.reject(error ?? new Error('the port was closed'));
  }

  #set(wires: { dtr: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#port.set(wires, (error) => (error ? reject(this.#closedError('set DTR', error)) : resolve()));
    });
  }

  #lost(error: Error | undefined): void {
    // After a close of our own nothing is lost.
    if (!this.#life.signal.aborted) {
      this.#end(error && this.#closedError(`the port is gone (${error.message})`, error));
    }
    void this.close();
  }

  #closedError(what: string, cause?: unknown): ModemError {
    return new ModemError(`${this.path}: ${what}`, {
      code: 'line-closed',
      temporary: true,
      fields: { path: this.path },
      cause,
    });
  }
}
