import { serveControl } from '../../base/control.ts';
import { deviceHandlers } from '../../device/handlers.ts';
import { buildDevice } from '../build/device.ts';
import { processSurroundings } from '../build/process.ts';
import type { Command } from '../command.ts';
import { deviceConfig } from '../config/device.ts';
import { loadSecretConfig } from '../config/load.ts';

export const device: Command = {
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: 'the configuration, device.toml (mode 0600)' },
    json: { type: 'boolean', help: 'print steps as JSON lines' },
  },
  details: `
Runs until SIGINT or SIGTERM. Steps go to standard output, the log to standard error. "ringpost sync" and "ringpost settings" talk
to the running agent.

  ringpost keys accept --config /etc/ringpost/device.toml      # once
  ringpost device --config /etc/ringpost/device.toml`,
  async run(args, signal) {
    const config = await loadSecretConfig(args.text('config'), deviceConfig);
    const around = processSurroundings('device', config.log, args.flag('json'));
    const built = await buildDevice(config, around);
    await using _control = await serveControl(config.socket, deviceHandlers(built.device), around, signal);
    await built.run(signal);
    return 0;
  },
};
