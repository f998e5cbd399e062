import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

/** What a data call leads to: the network's side of a PPP session. */
export interface CarrierCall {
  /** Number of the modem that calls. */
  readonly number: string;
  /** PDP context and its access point name. */
  readonly contextId: number;
  readonly apn: string;
}

/** Takes a data call: bytes of the call in and out. Its end is the end of the call, and destroying it hangs up. */
export type Carrier = (call: CarrierCall) => Duplex;

/**
 * A carrier that is a command, run by `/bin/sh` for each call with its standard input and output as the call:
 * `pppd notty ...`. It finds the call in RINGPOST_APN and RINGPOST_NUMBER, and gets SIGTERM at its end.
 */
export function commandCarrier(command: string): Carrier {
  return ({ number, apn }) => {
    const child = spawn('/bin/sh', ['-c', `exec ${command}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, RINGPOST_NUMBER: number, RINGPOST_APN: apn },
    });
    const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
    child.stdin.on('error', () => {});
    child.on('error', (error) => stream.destroy(error));
    child.once('exit', () => stream.destroy());
    stream.once('close', () => child.kill('SIGTERM'));
    stream.on('error', () => {});
    return stream;
  };
}
