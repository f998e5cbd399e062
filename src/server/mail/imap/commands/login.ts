import { MailServerError } from '../../errors.ts';
import { capabilities } from '../capabilities.ts';
import { USER_WIRE } from '../options.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import type { CommandTable, Outcome } from './command.ts';

/** STARTTLS, LOGIN, AUTHENTICATE PLAIN (RFC 4616, with the initial response of RFC 4959). */
export const loginCommands: CommandTable = {
  STARTTLS: {
    states: ['new'],
    updates: 'none',
    async run(session, args) {
      args.end();
      if (!session.transport.canStartTls) throw bad('STARTTLS is not possible here');
      return { text: 'Begin TLS now', after: () => session.transport.startTls() };
    },
  },
  LOGIN: {
    states: ['new'],
    updates: 'none',
    async run(session, args) {
      const [name, password] = [args.text('the user name'), args.text('the password')];
      args.end();
      requirePrivacy(session);
      return logIn(session, name, password);
    },
  },
  AUTHENTICATE: {
    states: ['new'],
    updates: 'none',
    async run(session, args) {
      const mechanism = args.keyword('the mechanism');
      const initial = args.left > 0 ? args.text('the initial response') : undefined;
      args.end();
      if (mechanism !== 'PLAIN') throw no('Only PLAIN', 'CANNOT');
      requirePrivacy(session);
      if (initial !== undefined && !session.has('SASL-IR')) throw bad('No initial response here');
      const response = initial ?? (await ask(session));
      const { authorize, name, password } = readPlain(response);
      // Nobody acts for somebody else here.
      if (authorize !== '' && authorize !== name) return refuse(session);
      return logIn(session, name, password);
    },
  },
};

function requirePrivacy(session: Session): void {
  if (!session.transport.private) throw no('Use STARTTLS first', 'PRIVACYREQUIRED');
}

async function ask(session: Session): Promise<string> {
  session.output.line('+ ');
  await session.output.flush();
  const line = await session.reader.line();
  if (!line) throw new MailServerError('The client went away in the middle of a log-in', { code: 'closed' });
  return line.toString('latin1');
}

/** authorization id NUL user NUL password, in base64 (RFC 4616). */
function readPlain(response: string): { authorize: string; name: string; password: string } {
  if (response === '*') throw bad('Log-in cancelled');
  const text = response === '=' ? '' : response;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw bad('The response is no base64');
  const [authorize, name, password, ...more] = Buffer.from(text, 'base64').toString('utf8').split('\0');
  if (authorize === undefined || name === undefined || password === undefined || more.length > 0) {
    throw bad('The response is no PLAIN');
  }
  return { authorize, name, password };
}

async function logIn(session: Session, name: string, password: string): Promise<Outcome> {
  const { users, store, log, guard, guests } = session.services;
  const { network } = session.transport.guest;
  if (!(await guard.turn(network)))
    throw no('Too many log-ins from your address; try again later', 'UNAVAILABLE');
  const found = await users.authenticate(name, password);
  if (!found?.holds()) return refuse(session);
  const { user } = found;
  guard.succeeded(network);
  if (!guests.welcome(session.transport.guest, found)) throw no('You have too many connections', 'LIMIT');
  session.account = await store.account(user.name);
  session.user = user;
  session.reader.setLimits(USER_WIRE);
  session.transport.alive();
  log.debug({ user: user.name }, 'Logged in over IMAP');
  return { text: 'Logged in', code: `CAPABILITY ${capabilities(session)}` };
}

/** Slow, and only a few times: guessing passwords must not pay. */
async function refuse(session: Session): Promise<never> {
  const { guard, limits, log } = session.services;
  const { network } = session.transport.guest;
  session.failedLogins += 1;
  log.info({ failures: session.failedLogins, client: network }, 'IMAP log-in refused');
  await guard.failed(network);
  if (session.failedLogins >= limits.maxFailedLogins) {
    session.output.line('* BYE Too many failed log-ins');
    session.ended = true;
  }
  throw no('User name or password is wrong', 'AUTHENTICATIONFAILED');
}
