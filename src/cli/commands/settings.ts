import { callControl } from '../../base/control.ts';
import { parseDuration, showSeconds } from '../../base/quantity.ts';
import type { DeviceStatus } from '../../device/status.ts';
import type { DeviceStatus as ServerSideStatus } from '../../server/message/message-server.ts';
import { type Arguments, type Command, UsageError } from '../command.ts';
import { loadDeviceConfig } from '../config/device-file.ts';
import { loadSecretConfig, STAND_IN } from '../config/load.ts';
import { serverConfig } from '../config/server.ts';
import { inWords } from './sync.ts';

export const settings: Command = {
  operands: '[on|off]',
  options: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      help: "the device's configuration, or with --device the server's",
    },
    device: { type: 'string', short: 'd', value: 'ID', help: 'at the server: which device' },
    interval: {
      type: 'string',
      short: 'i',
      value: 'TIME',
      help: 'shortest time between two synchronisations: 90s, 10m, 2h',
    },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: `
Off wins over an on that did not know of it: nothing is sent while it is off, and mail waits on the server.

  ringpost settings --config device.toml                       # show, with the last sessions
  ringpost settings off --config device.toml
  ringpost settings on --interval 30m --device pocket-1 --config server.toml`,
  async run(args, signal) {
    const change = changeOf(args);
    const device = args.text('device');
    const answer =
      device === undefined
        ? await atDevice(args, change, signal)
        : await atServer(args, device, change, signal);
    process.stdout.write(args.flag('json') ? `${JSON.stringify(answer.status)}\n` : answer.words);
    return 0;
  },
};

export interface Change {
  readonly on?: boolean;
  readonly intervalSeconds?: number;
}

/** `on`, `off` or nothing, and `--interval`. */
export function changeOf(args: Arguments, words: readonly string[] = args.positionals): Change {
  const [word, ...rest] = words;
  if (rest.length > 0 || (word !== undefined && word !== 'on' && word !== 'off')) {
    throw new UsageError(`expected "on", "off" or nothing, found "${words.join(' ')}"`);
  }
  const written = args.text('interval');
  const intervalSeconds = written === undefined ? undefined : parseDuration(written);
  if (written !== undefined && intervalSeconds === undefined) {
    throw new UsageError(`--interval: expected a duration such as "90s", "10m", "2h", found "${written}"`);
  }
  return { ...(word && { on: word === 'on' }), ...(intervalSeconds !== undefined && { intervalSeconds }) };
}

async function atDevice(args: Arguments, change: Change, signal: AbortSignal) {
  const { socket } = await loadDeviceConfig(args.text('config'));
  const status = (await callControl(socket, 'settings', change, { signal })) as DeviceStatus;
  const lines = [
    `${status.device}: pushing is ${status.on ? 'on' : 'off'}, at most every ${showSeconds(status.intervalSeconds)}`,
    status.listening ? 'listening for triggers' : 'no modem at the moment',
    ...(status.settingsUntold ? ['the server does not know these settings yet'] : []),
    ...status.sessions
      .slice(-5)
      .map((record) => `${new Date(record.at).toISOString()}  ${record.cause}: ${inWords(record)}`),
  ];
  return { status, words: `${lines.join('\n')}\n` };
}

async function atServer(args: Arguments, device: string, change: Change, signal: AbortSignal) {
  const { socket } = await loadSecretConfig(args.text('config'), serverConfig, STAND_IN);
  const status = (await callControl(
    socket,
    'settings',
    { device, ...change },
    { signal },
  )) as ServerSideStatus;
  return { status, words: statusInWords(device, status) };
}

export function statusInWords(device: string, status: ServerSideStatus): string {
  const { on, intervalSeconds } = status.settings;
  const owed = status.owed.reduce((sum, one) => sum + one.count, 0);
  const lines = [
    `${device}: pushing is ${on ? 'on' : 'off'}, at most every ${showSeconds(intervalSeconds)}`,
    status.lastSync === null
      ? 'never synchronised'
      : `last synchronised ${new Date(status.lastSync).toISOString()}`,
    `${owed} new ${owed === 1 ? 'mail is' : 'mails are'} waiting${status.awaitsReport ? '; the device was rung and has not reported yet' : ''}`,
    ...(status.gaveUp
      ? ['it answered no trigger: it is rung no more until it comes by itself or new mail arrives']
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
