import { mkdir, stat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { undefinedIfMissing } from '../../../base/durable.ts';
import { MailServerError } from '../errors.ts';

/**
 * Makes the directory of a Unix socket, and removes a socket that a crash left. Throws MailServerError `socket-in-use` when
 * somebody answers there, or when the file is no socket: another program's file is not ours to remove.
 */
export async function freeSocketPath(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const found = await stat(path).catch(undefinedIfMissing);
  if (!found) return;
  if (!found.isSocket() || (await answers(path))) {
    throw new MailServerError(`${path}: something else is there`, {
      code: 'socket-in-use',
      fields: { path },
    });
  }
  await unlink(path).catch(undefinedIfMissing);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}
