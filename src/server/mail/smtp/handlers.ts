import type { SMTPServer, SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import { codeOf } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Door, SmtpRoom } from './door.ts';
import { Guard } from './guard.ts';
import { handOver } from './hand-over.ts';
import { reply, SmtpReply } from './reply.ts';
import type { Sockets } from './sockets.ts';
import { Visit } from './visit.ts';

export interface HandlerParts {
  readonly server: () => SMTPServer;
  readonly sockets: () => Sockets;
  /** What is not offered before TLS, and after it. */
  readonly disabled: (secure: boolean) => string[];
}

type Done = (error?: Error | null) => void;

/** What the library calls, for each step of a session. */
export function handlers(room: SmtpRoom, door: Door, parts: HandlerParts): SMTPServerOptions {
  const visits = new WeakMap<SMTPServerSession, Visit>();
  const guard = new Guard(room, parts.sockets);
  const { clock, limits, log } = room;
  const visitOf = (session: SMTPServerSession) => visits.get(session) as Visit;
  const step = (session: SMTPServerSession, done: Done, work: (visit: Visit) => unknown) => {
    const visit = visitOf(session);
    const judged = (async () => work(visit))().catch((error: unknown) => guard.refuse(visit, error));
    judged
      .finally(() => visit.step())
      .then(
        () => done(null),
        (error: unknown) => done(toReply(error, log)),
      );
  };
  return {
    onConnect(session, done) {
      parts.sockets().arrived(session);
      visits.set(session, new Visit(parts.server(), session, { clock, timeout: limits.timeout }));
      session.disabledCommands = parts.disabled(session.secure);
      step(session, done, (visit) => guard.welcome(visit, door));
    },
    onSecure(_socket, session, done) {
      session.disabledCommands = parts.disabled(true);
      done(null);
    },
    onMailFrom({ address }, session, done) {
      step(session, done, (visit) => {
        visit.accepted = [];
        refuseUnoffered(session);
        door.sender?.(visit, address);
      });
    },
    onRcptTo({ address }, session, done) {
      step(session, done, (visit) => {
        if (visit.accepted.length >= limits.maxRecipients) throw reply(452, 'Too many recipients');
        visit.accepted.push(door.recipient(visit, address));
      });
    },
    onAuth(auth, session, done) {
      const logIn = async (visit: Visit) => {
        visit.logIn = await guard.logIn(visit, async () => door.logIn?.(auth));
      };
      step(session, (error) => done(error, { user: visitOf(session).logIn?.user.name }), logIn);
    },
    onData(stream, session, done) {
      const visit = visitOf(session);
      visit.busy();
      const refused = (error: unknown) => answerAll(door, visit, toReply(error, log));
      handOver(room, door, stream, visit)
        .catch(refused)
        .finally(() => visit.step())
        .then((answer) => done(null, answer), done);
    },
    onClose: (session) => visits.get(session)?.over(),
  };
}

/** LMTP owes each recipient a reply of its own (RFC 2033 4.2); to go away, one is enough. */
function answerAll(door: Door, visit: Visit, failure: SmtpReply): Error[] {
  if (door.kind !== 'lmtp' || failure.responseCode === 421) throw failure;
  return visit.accepted.map(() => failure);
}

/** The library takes these parameters although they are hidden (RFC 5321 4.1.1.11). */
function refuseUnoffered({ envelope }: SMTPServerSession): void {
  if (envelope.smtpUtf8) throw reply(555, 'SMTPUTF8 is not offered here');
  if (envelope.requireTLS) throw reply(555, 'REQUIRETLS is not offered here');
}

/** Whatever went wrong here is not the sender's fault: try again later. */
function toReply(error: unknown, log: Log): SmtpReply {
  if (error instanceof SmtpReply) return error;
  // The library's word for a client that went away in the middle of its message.
  if (codeOf(error) === 'ECONNECTION') log.debug({ err: error }, 'A client went away');
  else log.error({ err: error }, 'A message could not be stored');
  return reply(451, 'The message could not be stored; try again later');
}
