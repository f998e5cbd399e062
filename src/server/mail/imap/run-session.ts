import { setImmediate as nextTurn } from 'node:timers/promises';
import { RingpostError } from '../../../base/errors.ts';
import type { Command } from '../../../mail/imap/wire/command-reader.ts';
import { keywordOf } from '../../../mail/imap/wire/items.ts';
import { type Answer, answerTo, formatAnswer } from './answer.ts';
import { Arguments } from './arguments.ts';
import { capabilities } from './capabilities.ts';
import type { Outcome } from './commands/command.ts';
import { commandTable } from './commands/table.ts';
import type { LiteralHooks } from './literals.ts';
import { bad } from './refusal.ts';
import type { Session } from './session.ts';

/** Commands in a row that nobody understands, before the connection is closed: it is no IMAP client then. */
const MAX_MISTAKES = 20;

/**
 * Greets, and answers command after command, strictly in order, until the client leaves. Commands that came in one
 * flight (even before the greeting) are answered in one flight.
 */
export async function runSession(session: Session, literals: LiteralHooks): Promise<void> {
  session.output.line(`* OK [CAPABILITY ${capabilities(session)}] Ringpost`);
  let mistakes = 0;
  while (!session.ended) {
    const read = await readCommand(session, literals);
    if (read === 'end' || session.ended) return;
    session.transport.alive();
    const status =
      'answer' in read ? tellFailure(session, read.tag, read.answer) : await execute(session, read);
    await session.disposeSpools();
    mistakes = status === 'BAD' ? mistakes + 1 : 0;
    if (mistakes >= MAX_MISTAKES) {
      session.output.line('* BYE Too many commands that nobody understands');
      return;
    }
    await session.output.relieve();
  }
}

type Read = Command | { readonly tag: string; readonly answer: Answer } | 'end';

async function readCommand(session: Session, literals: LiteralHooks): Promise<Read> {
  literals.begin();
  const coming = session.reader.next();
  try {
    await flushUnlessReady(session, coming);
    return (await coming) ?? 'end';
  } catch (error) {
    const tag = literals.tag ?? tagOf(error) ?? '*';
    return { tag, answer: answerTo(error, 'APPEND', session.services.log) };
  }
}

/** The flight is over when the next command is not here already. */
async function flushUnlessReady(session: Session, coming: Promise<unknown>): Promise<void> {
  const ready = coming.then(
    () => true,
    () => true,
  );
  if (await Promise.race([ready, nextTurn(false)])) return;
  await session.output.flush();
}

async function execute(session: Session, command: Command): Promise<string> {
  const { name, items, byUid } = nameOf(command);
  try {
    const spec = commandTable.get(name);
    if (!spec) throw bad('Unknown command');
    if (!spec.states.includes(session.state)) throw bad(`${name} cannot be used now`);
    const outcome = await spec.run(session, new Arguments(items), byUid);
    if (spec.updates !== 'none') session.writeUpdates(spec.updates === 'all');
    await finish(session, command.tag, outcome);
    return 'OK';
  } catch (error) {
    return tellFailure(session, command.tag, answerTo(error, name, session.services.log));
  }
}

async function finish(session: Session, tag: string, { text, code, after }: Outcome): Promise<void> {
  const responseCode = typeof code === 'function' ? code() : code;
  session.output.line(`${tag} ${formatAnswer('OK', text, responseCode)}`);
  await after?.();
}

function tellFailure(session: Session, tag: string, { status, text, code }: Answer): string {
  session.output.line(`${tag} ${formatAnswer(status, text, code)}`);
  return status;
}

function nameOf(command: Command): { name: string; items: Command['items']; byUid: boolean } {
  if (command.name !== 'UID') return { name: command.name, items: command.items, byUid: false };
  return { name: `UID ${keywordOf(command.items[0]) ?? ''}`, items: command.items.slice(1), byUid: true };
}

function tagOf(error: unknown): string | undefined {
  const tag = error instanceof RingpostError ? error.fields.tag : undefined;
  return typeof tag === 'string' ? tag : undefined;
}
