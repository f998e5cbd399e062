#!/usr/bin/env node
import { asError, isOfSystem, RingpostError } from '../base/errors.ts';
import { columns, helpOf, parseArguments, UsageError } from './command.ts';
import { commands, type Entry } from './commands.ts';

/** Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 75 failed now but may work later (sysexits.h). */
const EXIT = { failed: 1, usage: 2, temporary: 75 } as const;

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(await help(rest[0]));
    return name === undefined ? EXIT.usage : 0;
  }
  const entry = entryOf(name);
  if (!entry)
    throw new UsageError(`there is no command "${name}"; commands: ${Object.keys(commands).join(', ')}`);
  const command = await entry.load();
  const args = parseArguments(command, rest);
  if (args.flag('help')) {
    process.stdout.write(helpOf(name, entry.summary, command));
    return 0;
  }
  return command.run(args, stopSignal());
}

function entryOf(name: string): Entry | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

async function help(name = ''): Promise<string> {
  const entry = entryOf(name);
  return entry ? helpOf(name, entry.summary, await entry.load()) : overview();
}

function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return `${['Usage: ringpost COMMAND [options]', '', 'Push mail for handhelds with a GSM modem: the server rings, the device fetches.', '', ...columns(rows), '', 'ringpost COMMAND --help tells more.'].join('\n')}\n`;
}

/** Fires at the first SIGINT or SIGTERM; the second one ends the process as usual. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new RingpostError(`stopped by ${name}`, { code: 'stopped' })));
  }
  return stop.signal;
}

function fail(thrown: unknown): number {
  const error = asError(thrown);
  const isOurs = error instanceof RingpostError;
  const words = isOurs || isOfSystem(error) ? error.message : (error.stack ?? error.message);
  process.stderr.write(`ringpost: ${words}\n`);
  if (error instanceof UsageError) process.stderr.write('ringpost: try "ringpost --help"\n');
  if (!isOurs) return EXIT.failed;
  if (error.code === 'usage' || error.code === 'bad-config') return EXIT.usage;
  return error.temporary ? EXIT.temporary : EXIT.failed;
}

process.exitCode = await main(process.argv.slice(2)).catch(fail);
