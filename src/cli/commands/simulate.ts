import { join, resolve } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { abortable } from '../../base/deadline.ts';
import { commandCarrier } from '../../simulator/carrier.ts';
import { PERSONALITIES, type Personality } from '../../simulator/personalities.ts';
import { startSimulation } from '../../simulator/simulate.ts';
import { type Arguments, type Command, UsageError } from '../command.ts';

const MOST_MODEMS = 16;

function whole(
  args: Arguments,
  name: string,
  { otherwise, most }: { otherwise: number; most: number },
): number {
  const value = Number(args.text(name) ?? otherwise);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`--${name}: expected a count of 1 to ${most}, found "${args.text(name)}"`);
}

function personalityOf(name: string): Personality {
  const found = Object.hasOwn(PERSONALITIES, name) ? PERSONALITIES[name] : undefined;
  if (found) return found;
  const names = Object.keys(PERSONALITIES).join(', ');
  throw new UsageError(`--personality: there is no "${name}"; there are: ${names}`);
}

export const simulate: Command = {
  options: {
    modems: {
      type: 'string',
      short: 'm',
      value: 'N',
      help: `how many modems, 1 to ${MOST_MODEMS} (default 2)`,
    },
    links: {
      type: 'string',
      short: 'l',
      value: 'DIR',
      help: 'make links modem1, modem2 ... in this directory',
    },
    carrier: {
      type: 'string',
      value: 'COMMAND',
      help: 'takes data calls (ATD*99#): run for each, its input and output are the call',
    },
    'data-ports': {
      type: 'boolean',
      help: 'each modem has a second terminal for data calls, link modem1-data ...',
    },
    baud: { type: 'string', value: 'RATE', help: 'bits a second on the serial lines (default 115200)' },
    personality: { type: 'string', value: 'NAME', help: 'what the modems are (default sim7600)' },
    pin: { type: 'string', value: 'PIN', help: 'the SIMs ask for this PIN' },
    json: { type: 'boolean', help: 'print the modems and what happens as JSON lines' },
  },
  details: `
Their numbers are +9990000001, +9990000002 ...; what one sends to another's number arrives there. Data connections reach loopback only.
Of a data call the command of --carrier finds RINGPOST_NUMBER and RINGPOST_APN in its environment; SIGTERM ends it.

  ringpost simulate --links /tmp/modems
  ringpost simulate --carrier 'pppd notty noauth nodetach 10.64.64.1:10.64.64.2'        # as root, with PPP in the kernel
  ringpost simulate --personality ec25 --data-ports --links /tmp/modems
  gammu --config <(printf '[gammu]\\ndevice=/tmp/modems/modem1\\nconnection=at115200\\n') --identify`,
  async run(args, signal) {
    const count = whole(args, 'modems', { otherwise: 2, most: MOST_MODEMS });
    const baudRate = whole(args, 'baud', { otherwise: 115_200, most: 4_000_000 });
    const directory = args.text('links');
    const json = args.flag('json');
    const carrier = args.text('carrier');
    const personality = personalityOf(args.text('personality') ?? 'sim7600');
    await using simulation = await startSimulation({
      clock: systemClock,
      carrier: carrier === undefined ? undefined : commandCarrier(carrier),
      modems: Array.from({ length: count }, (_, index) => ({
        number: `+99900000${String(index + 1).padStart(2, '0')}`,
        link: directory === undefined ? undefined : resolve(join(directory, `modem${index + 1}`)),
        twoTtys: args.flag('data-ports'),
        personality,
        baudRate,
        pin: args.text('pin'),
      })),
    });
    const print = (line: object, words: string) =>
      process.stdout.write(`${json ? JSON.stringify(line) : words}\n`);
    for (const { number, path, dataPath } of simulation.modems)
      print({ number, path, dataPath }, [number, path, dataPath].filter(Boolean).join('  '));
    simulation.network.onEvent(({ at, ...event }) => {
      const shown = 'tpdu' in event ? { ...event, tpdu: Buffer.from(event.tpdu).toString('hex') } : event;
      print(
        { at, ...shown },
        `${new Date(at).toISOString().slice(11, 23)}  ${Object.values(shown).join('  ')}`,
      );
    });
    await abortable(new Promise(() => {}), signal).catch(() => {});
    return 0;
  },
};
