import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Faults } from '../faults.ts';
import type { Behaviour, Handler } from './behaviour.ts';
import { type Command, parseCommandLine } from './command.ts';
import { LineReader } from './line-reader.ts';
import type { ParameterValues } from './parameters.ts';
import { AtRefusal, plainError } from './refusal.ts';
import { Reply } from './reply.ts';
import type { Tty } from './tty.ts';

/** What the interpreter of a terminal works with. */
export interface InterpreterParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: Faults;
  readonly tty: Tty;
  readonly parameters: ParameterValues;
  readonly behaviours: readonly Behaviour[];
  /** Milliseconds from the end of a command line to its answer. */
  readonly commandLatencyMs: number;
}

/** Reads command lines and answers them, one after another, until the signal fires. Never rejects. */
export async function interpret(parts: InterpreterParts, signal: AbortSignal): Promise<void> {
  const { input, serial, urcs } = parts.tty;
  const reader = new LineReader(
    input,
    (bytes) => serial.echo(bytes),
    () => serial.characters,
  );
  let last = '';
  try {
    for (;;) {
      const read = await reader.next(() => urcs.typing(reader.partial));
      if (read.kind === 'line') last = read.body;
      urcs.hold();
      await answerLine(parts, read.kind === 'too-long' ? undefined : last, signal);
      urcs.release();
    }
  } catch (error) {
    if (!signal.aborted) parts.log.error({ err: error }, 'the simulated modem died');
  }
}

async function answerLine(
  parts: InterpreterParts,
  body: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { clock, commandLatencyMs } = parts;
  if (commandLatencyMs > 0) await clock.sleep(commandLatencyMs, signal);
  parts.log.debug({ command: body }, 'AT command');
  const reply = new Reply(parts.tty, parts.faults);
  try {
    if (body === undefined || parts.faults.refuseAll) throw plainError();
    for (const command of parseCommandLine(body)) await answerCommand(parts, command, reply);
    reply.finish('OK');
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AtRefusal)) parts.log.error({ err: error, command: body }, 'simulated modem');
    const refusal = error instanceof AtRefusal ? error : plainError();
    reply.finish(refusal.line(parts.parameters.get('+CMEE')));
  }
}

async function answerCommand(parts: InterpreterParts, command: Command, reply: Reply): Promise<void> {
  for (const behaviour of parts.behaviours) behaviour.guard?.(command);
  await handlerOf(parts.behaviours, command.name)(command, reply);
}

function handlerOf(behaviours: readonly Behaviour[], name: string): Handler {
  for (const behaviour of behaviours.toReversed()) {
    if (Object.hasOwn(behaviour.handlers, name)) return behaviour.handlers[name] as Handler;
  }
  throw plainError();
}
