import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnd, collect } from '../../base/child.ts';
import type { Clock } from '../../base/clock.ts';
import { asError, codeOf } from '../../base/errors.ts';
import { LinkError } from '../link.ts';
import { ipparamOf, type Pppd, type PppdEnd, type StartPppd } from './pppd.ts';

export interface PppdChildOptions {
  /** File in /etc/ppp/peers. */
  readonly peer: string;
  readonly clock: Clock;
  /** Default /usr/sbin/pppd. */
  readonly program?: string;
}

/** `pppd call PEER` as a child: the agent is root, or in the group dip, whom pppd, setuid root, then trusts the peer file. */
export function pppdChild({ peer, clock, program = '/usr/sbin/pppd' }: PppdChildOptions): StartPppd {
  return async (session) => {
    const child = spawn(program, ['call', peer, 'ipparam', ipparamOf(session)], { stdio: 'pipe' });
    await once(child, 'spawn').catch((error: unknown) => {
      throw missing(program, error);
    });
    return new PppdChild(child, clock);
  };
}

class PppdChild implements Pppd {
  readonly input: Pppd['input'];
  readonly output: Pppd['output'];
  readonly ended: Promise<PppdEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #log: () => string;

  constructor(child: ChildProcessWithoutNullStreams, clock: Clock) {
    this.#child = child;
    this.input = child.stdin;
    this.output = child.stdout;
    for (const stream of [child.stdin, child.stdout, child.stderr, child]) stream.on('error', () => {});
    this.#log = collect(child.stderr);
    this.ended = childEnd(child, clock);
  }

  async log(): Promise<string> {
    return this.#log();
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
  }
}

function missing(program: string, error: unknown): LinkError {
  return new LinkError(`${program}: cannot be started (${codeOf(error) ?? asError(error).message})`, {
    code: 'pppd-missing',
    fields: { program },
    cause: error,
  });
}
