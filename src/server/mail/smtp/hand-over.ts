import { randomBytes } from 'node:crypto';
import type { SMTPServerDataStream } from 'smtp-server';
import type { Door, SmtpRoom } from './door.ts';
import { takeIn } from './take-in.ts';
import type { Visit } from './visit.ts';

/** Takes a message in and gives it to the door; resolves with the door's answer once it is somebody's. */
export async function handOver(
  room: SmtpRoom,
  door: Door,
  stream: SMTPServerDataStream,
  visit: Visit,
): Promise<string | (string | Error)[]> {
  const id = randomBytes(8).toString('hex');
  const { accepted, session } = visit;
  const sender = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
  await using spool = room.store.spool();
  const taken = await takeIn(stream, spool, room);
  return await door.message({ ...taken, visit, id, sender, accepted, spool });
}
