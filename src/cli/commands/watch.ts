import { followSerialLog } from '../../modem/serial-log-follow.ts';
import { type Command, UsageError } from '../command.ts';
import { loadDeviceConfig } from '../config/device-file.ts';

export const watch: Command = {
  operands: '[FILE]',
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: 'take modem.serial_log of this device.toml' },
    lines: { type: 'string', short: 'n', value: 'N', help: 'begin with the last N lines (default 20)' },
  },
  details: `
Each line shows the time, the direction (> to the modem, < from it), what crossed, and what it means. Telephone numbers, PINs,
passwords and trigger tokens are masked where the log is written.

  ringpost watch /var/lib/ringpost/device/serial.log`,
  async run(args, signal) {
    const file = args.positionals[0] ?? (await configuredLog(args.text('config')));
    const history = Number(args.text('lines') ?? 20);
    if (!Number.isInteger(history) || history < 0) throw new UsageError('--lines: expected a count');
    for await (const line of followSerialLog(file, signal, { history })) process.stdout.write(`${line}\n`);
    return 0;
  },
};

async function configuredLog(config: string | undefined): Promise<string> {
  if (config === undefined)
    throw new UsageError('name the log: ringpost watch FILE, or --config device.toml');
  const { modem } = await loadDeviceConfig(config);
  if (modem.serial_log !== undefined) return modem.serial_log;
  throw new UsageError(`${config}: there is no modem.serial_log in it, so none is written`);
}
