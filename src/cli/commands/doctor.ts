import { styleText } from 'node:util';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import { unobserved } from '../../base/steps.ts';
import { examine } from '../../device/doctor/examine.ts';
import type { Finding } from '../../device/doctor/stage.ts';
import { buildExamination } from '../build/doctor.ts';
import { type Command, UsageError } from '../command.ts';
import { loadDevice } from '../config/device-file.ts';

export const doctor: Command = {
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: "the device's configuration" },
    number: {
      type: 'string',
      short: 'n',
      value: 'NUMBER',
      help: 'own number, for the SMS to oneself (one SMS)',
    },
    'no-sms': { type: 'boolean', help: 'send no SMS' },
    verbose: { type: 'boolean', short: 'v', help: 'log AT commands and more to standard error' },
    json: { type: 'boolean', help: 'print the findings as JSON lines' },
  },
  details: `
Stop the agent first: it holds the port. As root the doctor also sees the programs of other users.
Exit code 0: all that was looked at is well; 1: something is wrong, and what mends it is printed.

  sudo systemctl stop ringpost-device
  sudo ringpost doctor --config /etc/ringpost/device.toml`,
  async run(args, signal) {
    const config = (await loadDevice(args.text('config'))).config;
    const log = createLog(args.flag('verbose') ? 'debug' : 'silent');
    const around = { clock: systemClock, log, observe: unobserved, root: '/', ownNumber: numberOf(args) };
    await using examination = await buildExamination(config, around, signal);
    const json = args.flag('json');
    const tell = (finding: Finding) =>
      process.stdout.write(json ? `${JSON.stringify(finding)}\n` : inWords(finding));
    const findings = await examine(examination.patient, tell, signal);
    return findings.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  },
};

function numberOf(args: Parameters<Command['run']>[0]): string | null | undefined {
  if (args.flag('no-sms')) return null;
  const number = args.text('number');
  if (number === undefined || /^\+[1-9]\d{5,14}$/.test(number)) return number;
  throw new UsageError(
    `--number: expected a number in international form, +4915112345678, found "${number}"`,
  );
}

const MARKS = { passed: ['green', '✓'], failed: ['red', '✗'], skipped: ['dim', '–'] } as const;

function inWords({ title, outcome, text, mend }: Finding): string {
  const [colour, mark] = MARKS[outcome];
  const line = `${styleText(colour, mark)} ${title.padEnd(32)} ${text}\n`;
  return mend === undefined ? line : `${line}  → ${mend}\n`;
}
