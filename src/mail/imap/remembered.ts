import { asError } from '../../base/errors.ts';
import { Capabilities } from './capabilities.ts';
import { loginCommand } from './commands/login.ts';
import { enableCommand, startTlsCommand } from './commands/simple.ts';
import { connectTo, type Opened, type SessionOptions } from './opened.ts';
import type { Profile } from './profile.ts';
import { StaleProfile } from './stale.ts';

/** Before login a server says how to log in, afterwards what else it can do; the profile keeps both. */
const HOW_TO_LOG_IN = /^(?:LOGINDISABLED|SASL-IR|AUTH=PLAIN)$/i;

/**
 * Connects as remembered: login and ENABLE are queued, and this returns before anything came back. Undefined when
 * too little is remembered.
 */
export function openRemembered(options: SessionOptions, profile: Profile): Opened | undefined {
  const { capabilities: names, earlyCommands } = profile.data;
  if (!names) return undefined;
  const capabilities = new Capabilities(names);
  const opened = connectTo(options, profile, capabilities);
  const { dialogue, connection } = opened;
  const { account } = options;
  const implicit = account.tls.mode === 'implicit';
  if (!implicit) unawaited(dialogue.send(startTlsCommand(connection, account.host)));
  const login = dialogue.send(loginCommand(account, capabilities));
  unawaited(login.then((told) => noteCapabilities(opened, told)));
  if (capabilities.qresync) unawaited(enableOrFail(opened));
  const early = implicit && earlyCommands;
  unawaited(
    begin(opened, { implicit, early }).catch((error: unknown) => dialogue.fail(asStale(opened, error))),
  );
  unawaited(dialogue.ended.then(() => doubt(opened, early, profile)));
  return opened;
}

/** TLS where it comes first, then reading; commands leave after the greeting, or without waiting for it. */
export async function begin(
  opened: Opened,
  { implicit, early }: { implicit: boolean; early: boolean },
): Promise<void> {
  const { connection, dialogue } = opened;
  if (implicit) await connection.secure();
  dialogue.start();
  if (early) dialogue.open();
  await dialogue.greeting;
  dialogue.open();
}

/** Both lists in one. */
export function withLogin(before: Capabilities, after: Capabilities): Capabilities {
  return new Capabilities([
    ...new Set([...after.names, ...before.names.filter((name) => HOW_TO_LOG_IN.test(name))]),
  ]);
}

/** After a loss: forgets what may have caused it and costs only a round trip to do without. */
function doubt({ connection, dialogue, byAddress, learnt }: Opened, early: boolean, { data }: Profile): void {
  const isWell = dialogue.dropped === 0 && dialogue.completed > 1;
  if (isWell && data.droppedFlights === 1) learnt.droppedFlights = 0;
  if (dialogue.abandoned) return;
  // One command at a time would have been answered or refused; a lost radio link does not end in order.
  if (dialogue.dropped > 1) learnt.droppedFlights = data.droppedFlights + 1;
  if (byAddress && !connection.secured) learnt.address = null;
  if (early && connection.secured && dialogue.completed === 0) learnt.earlyCommands = false;
}

function noteCapabilities(opened: Opened, told: Capabilities | undefined): void {
  const now = told && withLogin(opened.capabilities, told);
  if (now && !now.equals(opened.capabilities)) opened.learnt.capabilities = [...now.names];
}

async function enableOrFail({ dialogue }: Opened): Promise<void> {
  if (!(await dialogue.send(enableCommand()))) {
    dialogue.fail(new StaleProfile('capabilities', new Error('ENABLE QRESYNC did not enable it')));
  }
}

/** A server that is not (or no longer the right one) at the remembered address may still be found by its name. */
function asStale({ connection, byAddress }: Opened, error: unknown): Error {
  return byAddress && !connection.secured ? new StaleProfile('address', error) : asError(error);
}

/** Its failure ends the dialogue, which every call hears of. */
function unawaited(promise: Promise<unknown>): void {
  promise.catch(() => {});
}
