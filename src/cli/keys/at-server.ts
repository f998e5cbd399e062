import { callControl } from '../../base/control.ts';
import { codeOf } from '../../base/errors.ts';
import type { CredentialStores } from '../../server/credentials.ts';
import { openCredentials } from '../build/server.ts';
import { type Arguments, UsageError } from '../command.ts';
import { loadSecretConfig, STAND_IN } from '../config/load.ts';
import { type ServerConfig, serverConfig } from '../config/server.ts';

export function loadServer(args: Arguments): Promise<ServerConfig> {
  return loadSecretConfig(args.text('config'), serverConfig, STAND_IN);
}

/** One process owns the address book: the running server is asked; where none runs, the files are opened here. */
export async function atServer<T>(
  config: ServerConfig,
  call: string,
  body: unknown,
  signal: AbortSignal,
  here: (stores: CredentialStores) => Promise<T>,
): Promise<T> {
  try {
    return (await callControl(config.socket, call, body, { signal })) as T;
  } catch (error) {
    if (codeOf(error) !== 'no-agent') throw error;
    return here(await openCredentials(config));
  }
}

export function oneDevice(operands: readonly string[]): string {
  const [device, ...rest] = operands;
  if (device === undefined || rest.length > 0) throw new UsageError('name one device');
  return device;
}
