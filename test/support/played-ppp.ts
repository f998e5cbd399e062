import { rename, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Carrier } from '../../src/simulator/carrier.ts';
import { nameServer } from '../link/ppp/room.ts';
import { temporaryDirectory } from './room.ts';

export interface PlayedPpp {
  /** For `[link]`. */
  readonly link: { readonly kind: 'ppp'; readonly run: string; readonly socket: string };
  readonly carrier: Carrier;
  /** What the network heard in each data call, in their order. */
  readonly calls: readonly { heard: string }[];
}

export interface PlayedPppOptions {
  /** Milliseconds from the goodbye until the network ends the call; default: it leaves that to the modem. */
  readonly endsAfterMs?: number;
}

/**
 * Both ends of PPP without PPP: behind a socket what `ringpost-ppp-run` is, behind the modem the network. `~hello~` goes
 * up and `~welcome~` down through the data call; then the session has an
 * address, of loopback, and a name server; TCP goes from there.
 */
export async function playedPpp(options: PlayedPppOptions = {}): Promise<PlayedPpp> {
  const run = await temporaryDirectory();
  const socket = join(run, 'ppp.sock');
  const names = await nameServer('127.0.0.1');
  const server = createServer({ allowHalfOpen: true }, (one) => playPppd(one, run, names.at));

  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => void server.close());
  const calls: { heard: string }[] = [];
  const carrier: Carrier = () => {
    const call = { heard: '' };
    calls.push(call);
    return playNetwork(call, options);
  };
  return { link: { kind: 'ppp', run, socket }, carrier, calls };
}

/** The first line names the session; the rest are bytes of the call, and the end of them asks pppd to say goodbye. */
function playPppd(socket: Socket, run: string, dns: string): void {
  let heard = '';
  let session: string | undefined;
  let up = false;
  const tell = async (lines: string) => {
    const file = join(run, `.new-${session}`);
    await writeFile(file, `session=${session}\n${lines}\n`);
    await rename(file, join(run, 'ppp.state'));
  };
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
    if (session === undefined && heard.includes('\n')) {
      session = heard.slice(0, heard.indexOf('\n'));
      socket.write('~hello~');
    }
    if (up || !heard.includes('~welcome~')) return;
    up = true;
    void tell(`interface=ppp0\nlocal=127.0.0.2\nremote=127.0.0.1\ndns1=${dns}`);
  });
  socket.once('end', () => {
    socket.write('~bye~');
    void tell('exit=5').then(() => socket.end());
  });
}

function playNetwork(call: { heard: string }, { endsAfterMs }: PlayedPppOptions): Duplex {
  let greeted = false;
  let over = false;
  return new Duplex({
    read() {},
    write(bytes: Buffer, _, done) {
      call.heard += bytes.toString('latin1');
      if (!greeted && call.heard.includes('~hello~')) {
        greeted = true;
        this.push('~welcome~');
      }
      if (!over && endsAfterMs !== undefined && call.heard.includes('~bye~')) {
        over = true;
        setTimeout(() => this.push(null), endsAfterMs);
      }
      done();
    },
  });
}
