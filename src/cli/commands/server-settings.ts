import { callControl } from '../../base/control.ts';
import { showSeconds } from '../../base/quantity.ts';
import type { ServerSettings } from '../build/server-settings.ts';
import { type Arguments, UsageError } from '../command.ts';
import { loadSecretConfig } from '../config/load.ts';
import { serverConfig } from '../config/server.ts';
import { changeOf, statusInWords } from './settings.ts';

/** `ringpost server settings USER|DEVICE [on|off] [--interval TIME]`, at the running server. */
export async function serverSettings(args: Arguments, signal: AbortSignal): Promise<number> {
  const [, name, ...words] = args.positionals;
  if (name === undefined) throw new UsageError('name a user or a device: ringpost server settings ada off');
  const change = changeOf(args, words);
  const { socket } = await loadSecretConfig(args.text('config'), serverConfig);
  const body = { name, ...change };
  const answer = (await callControl(socket, 'server-settings', body, { signal })) as ServerSettings;
  process.stdout.write(args.flag('json') ? `${JSON.stringify(answer)}\n` : inWords(answer));
  return 0;
}

function inWords({ device, settings, told, status }: ServerSettings): string {
  if (status) return statusInWords(device, status);
  const known = settings
    ? `pushing is ${settings.on ? 'on' : 'off'}, at most every ${showSeconds(settings.intervalSeconds)}`
    : 'the message server has not told its settings yet';
  const kept = told ? '' : 'the message server does not have the change yet; it is kept, and sent again\n';
  return `${device}: ${known}\n${kept}`;
}
