import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { openPppLink, type PppLinkOptions } from '../../../src/link/ppp/ppp-link.ts';
import { pppdChild } from '../../../src/link/ppp/pppd-child.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { DataCalls } from '../../../src/modem/data/data-calls.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import { loadProfile } from '../../../src/modem/profile.ts';

export const HARDWARE = fileURLToPath(new URL('../../../hardware/ppp/', import.meta.url));
export const FAKE_PPPD = fileURLToPath(new URL('./fake-pppd.mjs', import.meta.url));

/** A modem on a line in memory that takes data calls, and a directory where the hook's files are. */
export async function pppRoom() {
  const run = await mkdtemp(join(tmpdir(), 'ringpost-ppp-'));
  onTestFinished(() => rm(run, { recursive: true, force: true }));
  process.env.RINGPOST_RUN = run;
  const clock = systemClock;
  const { line, far } = memoryLine('/dev/played');
  const say = (text: string) => far.write(Buffer.from(text, 'latin1'));
  const crossed = { text: '' };
  far.onData((bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    crossed.text += text;
    if (/ATD.*\r$/.test(text)) say('\r\nCONNECT\r\n');
    else if (/AT.*\r$/.test(text) || text === '+++') say('\r\nOK\r\n');
  });
  const channel = openAtChannel({ line, clock, log: silentLog });
  onTestFinished(() => channel[Symbol.asyncDispose]());
  const profile = await loadProfile('generic');
  const calls = new DataCalls({ channel, clock, log: silentLog, profile }, channel, () => {});
  const modem = { dialData: (signal?: AbortSignal) => calls.dial(signal) };
  return {
    run,
    say,
    crossed,
    channel,
    /** Opens a link over the fake pppd that behaves in this way. */
    open: (way: string, options: Partial<PppLinkOptions> = {}, signal = new AbortController().signal) => {
      const startPppd = pppdChild({ peer: way, clock, program: FAKE_PPPD });
      return openPppLink({ modem, startPppd, run, clock, log: silentLog, ...options }, signal);
    },
    /** The running pppd's process id, as its state tells. */
    pid: async () => Number(/pid=(\d+)/.exec(await readFile(join(run, 'ppp.state'), 'utf8'))?.[1]),
  };
}

/** The system's clock, which tells how many waits were begun and go on. */
export class WatchedClock implements Clock {
  begun = 0;
  waiting = 0;
  readonly now = systemClock.now;
  readonly monotonic = systemClock.monotonic;

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.begun += 1;
    this.waiting += 1;
    await systemClock.sleep(ms, signal).finally(() => {
      this.waiting -= 1;
    });
  }
}

/** Whether the process still runs. */
export function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A TCP server on all of loopback; returns its port. */
export async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A name server that knows one address for every name (RFC 1035 4.1); tells who asked. */
export async function nameServer(address: string): Promise<{ at: string; askedBy: string[] }> {
  const socket = createSocket('udp4');
  const askedBy: string[] = [];
  socket.on('message', (query, from) => {
    askedBy.push(from.address);
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]);
    socket.send(Buffer.concat([header, question, answer]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { at: `127.0.0.1:${socket.address().port}`, askedBy };
}

/** A directory with an `ip` that notes how it was called; `there` rules can be deleted before it says no. */
export async function fakeIp(
  directory: string,
  there = 0,
): Promise<{ path: string; calls(): Promise<string[]> }> {
  const bin = join(directory, 'bin');
  const log = join(directory, 'ip.log');
  await mkdir(bin);
  await writeFile(log, '');
  await writeFile(join(directory, 'rules'), 'x'.repeat(there));
  const script = `#!/bin/sh
echo "$*" >>'${log}'
[ -z "$FAKE_IP_TERMINATES" ] || kill -TERM $PPID
case "$*" in
  *'rule del'*) rules=$(cat '${directory}/rules'); [ -n "$rules" ] || exit 2; printf %s "\${rules#x}" >'${directory}/rules' ;;
  *'rule add'*) echo "21072: from $5 lookup 21072" >>'${directory}/added' ;;
  *'rule show'*) cat '${directory}/added' 2>/dev/null ;;
  *'addr show'*) echo '9: ppp0    inet6 2001:db8::7/64 scope global dynamic' ;;
esac
`;
  await writeFile(join(bin, 'ip'), script);
  await chmod(join(bin, 'ip'), 0o755);
  const calls = async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean);
  return { path: `${bin}:/usr/bin:/bin`, calls };
}

/** Stands in for ringpost-ppp.socket: runs the wrapper with each connection as its standard input and output. */
export async function socketUnit(
  run: string,
  way: string,
): Promise<{ path: string; wrappers: Promise<number>[] }> {
  const path = join(run, 'ppp.sock');
  const wrappers: Promise<number>[] = [];
  const ip = await fakeIp(run);
  const env = {
    ...process.env,
    RINGPOST_RUN: run,
    RINGPOST_PPPD: FAKE_PPPD,
    RINGPOST_PEER: way,
    RINGPOST_PATH: ip.path,
  };
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    const child = spawn(`${HARDWARE}ringpost-ppp-run`, [], { stdio: [socket, socket, 'inherit'], env });
    wrappers.push(once(child, 'exit').then(([code]) => code as number));
    // The wrapper has it now.
    socket.destroy();
  });
  server.listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { path, wrappers };
}
