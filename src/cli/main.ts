#!/usr/bin/env node
import { asError, RingpostError } from '../base/errors.ts';
import { type Command, columns, helpOf, parseArguments, UsageError } from './command.ts';
import { commands } from './commands.ts';

/** Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 75 failed now but may work later (sysexits.h). */
const EXIT = { failed: 1, usage: 2, temporary: 75 } as const;

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = commands.find((command) => command.name === rest[0]);
    process.stdout.write(about ? helpOf(about) : overview());
    return name === undefined ? EXIT.usage : 0;
  }
  const command = commands.find((one) => one.name === name);
  if (!command)
    throw new UsageError(
      `there is no command "${name}"; commands: ${commands.map((c) => c.name).join(', ')}`,
    );
  const args = parseArguments(command, rest);
  if (args.flag('help')) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  return command.run(args, stopSignal());
}

function overview(): string {
  const rows = commands.map((command: Command) => [command.name, command.summary] as const);
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
  if (!(error instanceof RingpostError)) {
    process.stderr.write(`ringpost: ${error.stack ?? error.message}\n`);
    return EXIT.failed;
  }
  process.stderr.write(`ringpost: ${error.message}\n`);
  if (error instanceof UsageError) process.stderr.write('ringpost: try "ringpost --help"\n');
  if (error.code === 'usage' || error.code === 'bad-config') return EXIT.usage;
  return error.temporary ? EXIT.temporary : EXIT.failed;
}

process.exitCode = await main(process.argv.slice(2)).catch(fail);
