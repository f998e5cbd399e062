import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { SocketCommand, SocketEvent } from './dialect.ts';
import { LinkError } from './link.ts';
import type { SocketDriver } from './modem-socket.ts';
import { type ModemSockets, SocketRefused } from './modem-sockets.ts';

const SEND_SECONDS = 60;
const RECEIVE_SECONDS = 20;
const CLOSE_SECONDS = 20;
/** A modem that is busy with an earlier send, or has no room, is asked again after a while, for so long. */
const BUSY_PAUSE_MS = 200;
const BUSY_TRIES = 100;

/** The bytes of the connections, counted. Commands of several connections take turns: the channel's queue is fair. */
export class SocketTraffic implements SocketDriver {
  readonly clock: Clock;
  readonly sendLimit: number;
  readonly #sockets: ModemSockets;
  #bytesUp = 0;
  #bytesDown = 0;

  constructor(sockets: ModemSockets, clock: Clock) {
    this.#sockets = sockets;
    this.clock = clock;
    this.sendLimit = sockets.dialect.sendLimit;
  }

  bytes(): { bytesUp: number; bytesDown: number } {
    return { bytesUp: this.#bytesUp, bytesDown: this.#bytesDown };
  }

  async send(id: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const command = this.#sockets.dialect.send(id, bytes.length);
    const event = await this.#whenFree(() => this.#send(id, command, bytes), signal);
    const taken = event.kind !== 'sent' ? 0 : event.taken === 'all' ? bytes.length : event.taken;
    this.#bytesUp += Math.max(0, taken);
    // The manual: a connection that did not take everything cannot be used any more.
    if (taken !== bytes.length) throw notTaken(command.text, bytes.length, taken);
  }

  async receive(id: number, onRest: (rest: number) => void): Promise<Uint8Array> {
    const { dialect } = this.#sockets;
    const command = dialect.receive(id, dialect.receiveLimit);
    const options = {
      claims: dialect.receiveClaims(id),
      timeout: (command.seconds ?? RECEIVE_SECONDS) * 1000,
      payload: (line: string) => {
        const header = dialect.received(line);
        if (header) onRest(header.rest);
        return header?.length;
      },
    };
    try {
      const { payloads } = await this.#sockets.command(command, options);
      const bytes = Buffer.concat(payloads);
      this.#bytesDown += bytes.length;
      return bytes;
    } catch (error) {
      if (error instanceof SocketRefused && error.refusal.kind === 'empty') return new Uint8Array();
      throw error;
    }
  }

  /** Closes the connection in the modem; that it is closed already is fine. */
  async close(id: number, log: Log): Promise<void> {
    try {
      await this.#sockets.request({
        command: this.#sockets.dialect.close(id),
        answer: (event) => (event.kind === 'closed' || event.kind === 'ended') && event.id === id,
        seconds: CLOSE_SECONDS,
      });
    } catch (error) {
      log.debug({ err: error, id }, 'a connection did not close in order');
    }
  }

  async #send(id: number, command: SocketCommand, bytes: Uint8Array): Promise<SocketEvent> {
    const answer = (event: SocketEvent) => event.kind === 'sent' && event.id === id;
    const event = await this.#sockets.request({ command, answer, seconds: SEND_SECONDS, prompt: bytes });
    if (event.kind !== 'full') return event;
    throw new SocketRefused(command.text, { words: 'no room for it yet', kind: 'busy' });
  }

  /** Gives up with the signal: its number may by then be another connection's. */
  async #whenFree<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        const busy = error instanceof SocketRefused && error.refusal.kind === 'busy';
        if (!busy || tries === BUSY_TRIES) throw error;
        await this.clock.sleep(BUSY_PAUSE_MS, signal);
      }
    }
  }
}

function notTaken(text: string, length: number, taken: number): LinkError {
  const what = taken < 0 ? 'the connection is closed' : `the modem took ${taken} of ${length} bytes`;
  return new LinkError(`${text}: ${what}`, {
    code: 'connection-lost',
    temporary: true,
    fields: { command: text, length, taken },
  });
}
