import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { codeOf } from '../../base/errors.ts';
import { settlable } from '../../base/settlable.ts';
import { LinkError } from '../link.ts';
import type { Pppd, PppdEnd, StartPppd } from './pppd.ts';
import { logPath, readState } from './state-file.ts';

export interface PppdSocketOptions {
  /** Unix socket of ringpost-ppp.socket. */
  readonly path: string;
  /** Where the unit leaves state and log: /run/ringpost. */
  readonly run: string;
}

/** pppd behind a socket-activated unit (`hardware/ppp/ringpost-ppp-run`): the agent needs no right at all. */
export function pppdSocket({ path, run }: PppdSocketOptions): StartPppd {
  return async (session, signal) => {
    const socket = connect({ path, allowHalfOpen: true });
    try {
      await once(socket, 'connect', { signal });
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      throw new LinkError(`${path}: nobody runs pppd there (${codeOf(error)}); is ringpost-ppp.socket on?`, {
        code: 'pppd-missing',
        fields: { path },
        cause: error,
      });
    }
    socket.write(`${session}\n`);
    return new PppdBehindSocket(socket, session, run);
  };
}

class PppdBehindSocket implements Pppd {
  readonly input: Socket;
  readonly output: Socket;
  readonly ended: Promise<PppdEnd>;
  readonly #run: string;

  constructor(socket: Socket, session: string, run: string) {
    this.input = socket;
    this.output = socket;
    this.#run = run;
    socket.on('error', () => {});
    const end = settlable<PppdEnd>();
    this.ended = end.promise;
    const onGone = async () => {
      const state = await readState(run, session);
      end.resolve({ code: state?.exit });
      socket.destroy();
    };
    // Its end is the end of the unit; data that nobody reads any more must not hide it.
    socket.once('end', () => void onGone());
    socket.once('close', () => void onGone());
  }

  async log(): Promise<string> {
    return await readFile(logPath(this.#run), 'utf8').catch(() => '');
  }

  stop(): void {
    this.input.end();
  }

  kill(): void {
    this.input.destroy();
  }
}
