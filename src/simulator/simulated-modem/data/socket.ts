import { setMaxListeners } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { settlable } from '../../../base/settlable.ts';
import type { ModemContext } from '../context.ts';

/** What the modem keeps for one connection in each direction, on the air and in its buffer. */
const BUFFER_BYTES = 32_768;

/** What became of an attempt to connect. */
export type ConnectOutcome = 'connected' | 'unreachable' | 'timeout' | 'unknown-name';

export interface SocketTarget {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** What the owner of a socket is told. */
export interface SocketEvents {
  /** Bytes came while nothing was unread. */
  data(): void;
  /** The far side ended the connection, or it broke. All bytes from before are readable. */
  closed(): void;
}

/** One TCP connection of the modem: a real one to a loopback port, with the air between. */
export class ModemSocket {
  readonly target: SocketTarget;
  readonly #context: ModemContext;
  readonly #events: SocketEvents;
  readonly #over = new AbortController();
  readonly #unread: Uint8Array[] = [];
  #socket: Socket | undefined;
  #unreadBytes = 0;
  #onAirUp = 0;
  #onAirDown = 0;
  #bytesUp = 0;
  #bytesDown = 0;
  #open = false;
  #room = settlable();

  constructor(context: ModemContext, target: SocketTarget, events: SocketEvents) {
    this.#context = context;
    this.target = target;
    setMaxListeners(0, this.#over.signal);
    this.#events = events;
  }

  get open(): boolean {
    return this.#open;
  }

  get unread(): number {
    return this.#unreadBytes;
  }

  /** Whether there is no room for more to send. */
  get full(): boolean {
    return this.#onAirUp + (this.#socket?.writableLength ?? 0) > BUFFER_BYTES;
  }

  /** Connects, one round trip of the air included. */
  async connect(): Promise<ConnectOutcome> {
    const { air } = this.#context.attachment;
    try {
      await air.up.cross(0, this.#over.signal);
      const result = await this.#connectOverLoopback();
      await air.down.cross(0, this.#over.signal);
      return this.#over.signal.aborted ? 'timeout' : result;
    } catch {
      return 'timeout';
    }
  }

  /** Takes bytes to send; resolves with how many when there is room for them, -1 when the connection is gone. */
  async send(bytes: Uint8Array): Promise<number> {
    while (this.#open && this.full) {
      await this.#room.promise;
      this.#room = settlable();
    }
    if (!this.#open) return -1;
    this.#bytesUp += bytes.length;
    this.#onAirUp += bytes.length;
    this.#context.attachment.air.up.cross(bytes.length, this.#over.signal).then(
      () => this.#arriveUp(bytes),
      () => {},
    );
    return bytes.length;
  }

  /** Waits as long as the far side takes to acknowledge what was sent. Rejects when the connection is broken off. */
  async acknowledged(): Promise<void> {
    const { up, down } = this.#context.attachment.air;
    await up.cross(0, this.#over.signal);
    await down.cross(0, this.#over.signal);
  }

  read(most: number): Uint8Array {
    const all = Buffer.concat(this.#unread.splice(0));
    const taken = all.subarray(0, most);
    if (taken.length < all.length) this.#unread.push(all.subarray(taken.length));
    this.#unreadBytes -= taken.length;
    this.#flow();
    return taken;
  }

  /** Closes from this side; what was sent before still arrives. No event. */
  close(): void {
    if (!this.#open) {
      this.destroy();
      return;
    }
    this.#open = false;
    this.#context.attachment.air.up.cross(0, this.#over.signal).then(
      () => this.#socket?.end(() => this.destroy()),
      () => {},
    );
    this.#tellEnd();
  }

  /** Breaks it off; unread bytes are gone. */
  destroy(): void {
    if (this.#open) this.#tellEnd();
    this.#open = false;
    this.#unread.length = 0;
    this.#unreadBytes = 0;
    this.#over.abort();
    this.#socket?.destroy();
    this.#room.resolve();
  }

  #connectOverLoopback(): Promise<ConnectOutcome> {
    const { promise, resolve } = settlable<ConnectOutcome>();
    const { address, port, host } = this.target;
    const socket = createConnection({ host: address, port, noDelay: true });
    this.#socket = socket;
    socket.once('connect', () => {
      this.#open = true;
      this.#context.attachment.network.tell({ kind: 'connected', number: this.#context.number, host, port });
      resolve('connected');
    });
    socket.on('data', (bytes) => this.#leaveDown(bytes));
    socket.on('drain', () => this.#room.resolve());
    socket.on('error', () => resolve('unreachable'));
    socket.on('close', () => this.#farEnd());
    socket.on('end', () => this.#farEnd());
    this.#over.signal.addEventListener('abort', () => resolve('timeout'), { once: true });
    return promise;
  }

  #arriveUp(bytes: Uint8Array): void {
    this.#onAirUp -= bytes.length;
    if (this.#socket?.writable) this.#socket.write(bytes);
    this.#room.resolve();
  }

  #leaveDown(bytes: Uint8Array): void {
    this.#onAirDown += bytes.length;
    this.#flow();
    this.#context.attachment.air.down.cross(bytes.length, this.#over.signal).then(
      () => this.#arriveDown(bytes),
      () => {},
    );
  }

  #arriveDown(bytes: Uint8Array): void {
    const wasEmpty = this.#unreadBytes === 0;
    this.#onAirDown -= bytes.length;
    this.#bytesDown += bytes.length;
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (wasEmpty) this.#events.data();
  }

  /** Back-pressure: TCP's window closes while the modem holds enough. */
  #flow(): void {
    if (this.#unreadBytes + this.#onAirDown > BUFFER_BYTES) this.#socket?.pause();
    else this.#socket?.resume();
  }

  #farEnd(): void {
    this.#context.attachment.air.down.cross(0, this.#over.signal).then(
      () => {
        if (!this.#open) return;
        this.#open = false;
        this.#tellEnd();
        this.#socket?.destroy();
        this.#room.resolve();
        this.#events.closed();
      },
      () => {},
    );
  }

  #tellEnd(): void {
    const { host, port } = this.target;
    const { number, attachment } = this.#context;
    const bytes = { bytesUp: this.#bytesUp, bytesDown: this.#bytesDown };
    attachment.network.tell({ kind: 'disconnected', number, host, port, ...bytes });
  }
}
