import { withDeadline } from '../../base/deadline.ts';
import { asError } from '../../base/errors.ts';
import { MailError } from '../errors.ts';
import { Capabilities } from './capabilities.ts';
import { loginCommand } from './commands/login.ts';
import { capabilityCommand, enableCommand, startTlsCommand } from './commands/simple.ts';
import { connectTo, type Opened, remember, type SessionOptions } from './opened.ts';
import type { Profile } from './profile.ts';
import { begin, withLogin } from './remembered.ts';
import { lost } from './wire/wire-error.ts';

/** How long a server may take to answer the CAPABILITY that it got before its greeting, milliseconds. */
const EARLY_ANSWER_MS = 8000;

/** The server did not take a command before its greeting. */
class EarlyRefused extends Error {}

/**
 * Connects and waits for each answer: greeting, CAPABILITY, STARTTLS, LOGIN, CAPABILITY, ENABLE. The first CAPABILITY
 * leaves before the greeting, to learn whether the server takes that; if not, all begins again without.
 * Rejects with MailError.
 */
export async function openAsking(
  options: SessionOptions,
  profile: Profile,
  signal: AbortSignal,
): Promise<Opened> {
  const probe = options.probeEarly !== false && options.account.tls.mode === 'implicit';
  try {
    return await attempt(options, profile, { signal, probe });
  } catch (error) {
    if (!(error instanceof EarlyRefused)) throw error;
    return attempt(options, profile, { signal, probe: false });
  }
}

interface How {
  readonly signal: AbortSignal;
  readonly probe: boolean;
}

async function attempt(options: SessionOptions, profile: Profile, { signal, probe }: How): Promise<Opened> {
  signal.throwIfAborted();
  const opened = connectTo(options, profile);
  const { dialogue } = opened;
  const onAbort = () => dialogue.fail(lost('because it was no longer wanted', signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const preauthenticated = await introduce(opened, options, probe);
    await logIn(opened, options, preauthenticated);
    return opened;
  } catch (error) {
    dialogue.fail(asError(error));
    await remember(profile, opened).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** TLS, greeting, and what the server can do before login. True when it needs no login. */
async function introduce(opened: Opened, options: SessionOptions, probe: boolean): Promise<boolean> {
  const { dialogue } = opened;
  const early = probe ? dialogue.send(capabilityCommand()) : undefined;
  early?.catch(() => {});
  const { account } = options;
  const implicit = account.tls.mode === 'implicit';
  await begin(opened, { implicit, early: probe }).catch((error: unknown) => {
    throw probe && opened.connection.secured ? new EarlyRefused('', { cause: error }) : error;
  });
  const greeting = await dialogue.greeting;
  const preauthenticated = greeting.status === 'PREAUTH';
  if (!implicit) await upgrade(opened, account.host, preauthenticated);
  const answered = early && (await earlyAnswer(options, early));
  opened.learnt.earlyCommands = answered !== undefined;
  const greeted = implicit ? Capabilities.in(greeting) : undefined;
  opened.capabilities = answered ?? greeted ?? (await dialogue.send(capabilityCommand()));
  return preauthenticated;
}

async function upgrade(
  { dialogue, connection }: Opened,
  host: string,
  preauthenticated: boolean,
): Promise<void> {
  if (preauthenticated) {
    // RFC 9051 11.1: STARTTLS is no longer possible then, and nothing says who logged in.
    throw new MailError(`STARTTLS at ${host}: it greeted with PREAUTH, which allows no TLS any more`, {
      code: 'tls-refused',
      fields: { host },
    });
  }
  await dialogue.send(startTlsCommand(connection, host));
}

async function earlyAnswer({ clock }: SessionOptions, answer: Promise<Capabilities>): Promise<Capabilities> {
  const wait = { what: 'CAPABILITY sent before the greeting', ms: EARLY_ANSWER_MS };
  return withDeadline(clock, wait, () => answer).catch((cause: unknown) => {
    throw new EarlyRefused('', { cause });
  });
}

async function logIn(opened: Opened, { account }: SessionOptions, preauthenticated: boolean): Promise<void> {
  const { dialogue } = opened;
  const before = opened.capabilities;
  const told = preauthenticated ? undefined : await dialogue.send(loginCommand(account, before));
  const after = withLogin(before, told ?? (await dialogue.send(capabilityCommand())));
  const enabled = after.qresync && (await dialogue.send(enableCommand()));
  opened.capabilities = enabled ? after : after.without('QRESYNC');
  opened.learnt.capabilities = [...opened.capabilities.names];
}
