import { callControl } from '../../base/control.ts';
import { codeOf } from '../../base/errors.ts';
import { openAddressBook } from '../../server/message/address-book.ts';
import { mosquittoPasswords } from '../build/mosquitto-passwords.ts';
import { addressBookPath } from '../build/server.ts';
import { type Arguments, UsageError } from '../command.ts';
import { loadSecretConfig } from '../config/load.ts';
import { type ServerConfig, serverConfig } from '../config/server.ts';

/** `ringpost keys mosquitto`: prints password lines; a running server is asked, for the address book is its own. */
export async function printMosquittoPasswords(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  if (operands.length > 0) throw new UsageError(`unexpected "${operands[0]}"`);
  const config = await loadSecretConfig(args.text('config'), serverConfig);
  for (const line of await passwordLines(config, signal)) process.stdout.write(`${line}\n`);
  process.stderr.write(
    'ringpost: into /etc/mosquitto/ringpost.passwords (owner mosquitto, mode 0600), then: systemctl reload mosquitto\n',
  );
  return 0;
}

async function passwordLines(config: ServerConfig, signal: AbortSignal): Promise<string[]> {
  try {
    const answer = await callControl(config.socket, 'mosquitto-passwords', {}, { signal });
    return (answer as { lines: string[] }).lines;
  } catch (error) {
    if (codeOf(error) !== 'no-agent') throw error;
    return mosquittoPasswords(config, await openAddressBook(addressBookPath(config)));
  }
}
