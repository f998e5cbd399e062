import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { withDeadline } from '../../src/base/deadline.ts';
import { temporaryDirectory } from './room.ts';

/** Kannel's bearerbox and smsbox with its "fake" SMSC, to which a centre may connect. They end with the test. */
export interface Kannel {
  readonly url: string;
  /** Connects as the centre; the lines are what it is given to send: `FROM TO text TEXT`. */
  centre(): Promise<AsyncIterator<string>>;
}

export const KANNEL_USER = { username: 'tester', password: 'foo&bar' };

export async function runKannel(): Promise<Kannel> {
  const directory = await temporaryDirectory();
  const ports = {
    admin: await freePort(),
    box: await freePort(),
    centre: await freePort(),
    sms: await freePort(),
  };
  const file = join(directory, 'kannel.conf');
  await writeFile(file, configuration(ports));
  start('bearerbox', file);
  (await opened(ports.box)).destroy();
  start('smsbox', file);
  (await opened(ports.sms)).destroy();
  return {
    url: `http://127.0.0.1:${ports.sms}`,
    async centre() {
      const socket = await opened(ports.centre);
      onTestFinished(() => void socket.destroy());
      return createInterface({ input: socket })[Symbol.asyncIterator]();
    },
  };
}

function configuration(ports: { admin: number; box: number; centre: number; sms: number }): string {
  const { username, password } = KANNEL_USER;
  return [
    `group = core\nadmin-port = ${ports.admin}\nadmin-password = x\nsmsbox-port = ${ports.box}\nbox-allow-ip = "127.0.0.1"`,
    `group = smsc\nsmsc = fake\nsmsc-id = FAKE\nport = ${ports.centre}\nconnect-allow-ip = 127.0.0.1`,
    `group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = ${ports.sms}\nglobal-sender = 13013`,
    `group = sendsms-user\nusername = ${username}\npassword = "${password}"`,
    'group = sms-service\nkeyword = default\ntext = "none"\n',
  ].join('\n\n');
}

function start(program: string, file: string): void {
  const child: ChildProcess = spawn(`/usr/sbin/${program}`, [file], { stdio: 'ignore' });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const over = once(child, 'exit');
    // SIGTERM makes it wait for what is queued, and for the other box.
    child.kill('SIGKILL');
    await over;
  });
}

/** A connection as soon as somebody listens. */
async function opened(port: number): Promise<Socket> {
  return withDeadline(systemClock, { what: `Kannel on port ${port}`, ms: 30_000 }, async (signal) => {
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      const found = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      if (found) return socket;
      await systemClock.sleep(50, signal);
    }
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
