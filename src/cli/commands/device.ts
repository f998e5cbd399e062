import { serveControl } from '../../base/control.ts';
import { deviceHandlers } from '../../device/handlers.ts';
import { keyHandlers } from '../../device/key-handlers.ts';
import { buildDevice } from '../build/device.ts';
import { processSurroundings } from '../build/process.ts';
import type { Command } from '../command.ts';
import { loadDevice } from '../config/device-file.ts';

export const device: Command = {
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: 'the configuration, device.toml (mode 0600)' },
    json: { type: 'boolean', help: 'print steps as JSON lines' },
  },
  details: `
Runs until SIGINT or SIGTERM. Steps go to standard output, the log to standard error. "ringpost sync" and "ringpost settings" talk
to the running agent.

  ringpost keys accept TEXT --config /etc/ringpost/device.toml      # once; TEXT is what keys enrol printed at the server
  ringpost device --config /etc/ringpost/device.toml`,
  async run(args, signal) {
    const loaded = await loadDevice(args.text('config'));
    const { config } = loaded;
    const around = processSurroundings('device', config.log, args.flag('json'));
    const built = await buildDevice(config, around, loaded);
    const handlers = { ...deviceHandlers(built.device), ...keyHandlers(built.keyring) };
    await using _control = await serveControl(config.socket, handlers, around, signal);
    await built.run(signal);
    return 0;
  },
};
