import { asError, codeOf } from '../../../base/errors.ts';
import type { Peer, Room } from '../room.ts';
import { Ailment, type Stage } from '../stage.ts';
import { linkOf, reach } from './data-session.ts';

/** Does the message server know this device? */
export const mqtt: Stage = {
  name: 'mqtt',
  title: 'the message server (MQTT)',
  needs: ['names', 'tls'],
  mend: 'look at the log of the message server',
  async check(room, signal) {
    const { connectBus, messageServer } = room.patient;
    await mustListen(room, messageServer, '[message_server] port', signal);
    try {
      await using _bus = await connectBus(linkOf(room), signal);
    } catch (error) {
      if (codeOf(error) !== 'bus-refused') throw error;
      const mend =
        'device id and key must be those of the server: ringpost keys new ID --number … prints what device.toml needs';
      throw new Ailment('mqtt-refused', asError(error).message, mend, error);
    }
    return `${messageServer.host} knows this device`;
  },
};

/** Does the mail server let us in, and are the mailboxes there? */
export const imap: Stage = {
  name: 'imap',
  title: 'the mail server (IMAP)',
  needs: ['names', 'tls'],
  mend: 'look at the log of the mail server',
  async check(room, signal) {
    const { openMail, mailServer, mailboxes } = room.patient;
    await mustListen(room, mailServer, '[imap] port', signal);
    let at = '';
    const counts: string[] = [];
    try {
      await using session = await openMail(linkOf(room), signal);
      for (at of mailboxes) counts.push(`${at}: ${(await session.select(at)).exists}`);
    } catch (error) {
      throw explain(error, at);
    }
    return `logged in; messages in ${counts.join(', ')}`;
  },
};

async function mustListen(room: Room, peer: Peer, key: string, signal: AbortSignal): Promise<void> {
  const stream = await reach(room, peer, signal).catch((error: unknown) => {
    const mend = `does the server run, and is ${key} right? On the server: ss -ltn`;
    throw new Ailment('not-listening', asError(error).message, mend, error);
  });
  stream.destroy();
}

function explain(error: unknown, mailbox: string): unknown {
  const text = asError(error).message;
  const code = codeOf(error);
  if (code === 'auth-refused') {
    return new Ailment(
      'imap-login',
      text,
      'set [imap] user and password; some servers want an app password',
      error,
    );
  }
  if (code === 'no-mailbox') {
    const mend = `take ${JSON.stringify(mailbox)} out of [imap] mailboxes, or make it at the server`;
    return new Ailment('no-mailbox', text, mend, error);
  }
  if (code === 'server-confused') {
    return new Ailment(
      'not-imap',
      text,
      'is this the IMAP port? 993 with TLS, 143 with security = "starttls"',
      error,
    );
  }
  return error;
}
