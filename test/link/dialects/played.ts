import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { DialectName } from '../../../src/link/dialects.ts';
import { openSocketsLink } from '../../../src/link/sockets-link.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';

/** What is written for a command, byte for byte; a list is one answer after another, its last one for ever. */
export type Score = Readonly<Record<string, string | readonly string[]>>;

/** A session with a modem that answers from a score, and OK to the rest. */
export async function played(dialect: DialectName, score: Score) {
  const { line, far } = memoryLine('played');
  const commands: string[] = [];
  const turns = new Map<string, number>();
  const say = (text: string) => far.write(Buffer.from(text, 'latin1'));
  far.onData((bytes) => {
    const text = Buffer.from(bytes).toString('latin1').trimEnd();
    commands.push(text);
    const turn = turns.get(text) ?? 0;
    turns.set(text, turn + 1);
    const answer = score[text] ?? '\r\nOK\r\n';
    say(typeof answer === 'string' ? answer : (answer[Math.min(turn, answer.length - 1)] ?? ''));
  });
  const channel = openAtChannel({ line, clock: systemClock, log: silentLog });
  onTestFinished(() => channel[Symbol.asyncDispose]());
  const settings = { channel, clock: systemClock, log: silentLog, dialect };
  const link = await openSocketsLink(settings, new AbortController().signal);
  onTestFinished(() => link[Symbol.asyncDispose]());
  return { link, commands, say };
}
