import type { Log } from '../../base/log.ts';
import { type FindOptions, findPorts } from '../../modem/ports/find-ports.ts';
import type { ModemConfig } from '../config/parts.ts';

/** Where the ports of the configured modem are now; `how` says by what they were found, undefined where they were named. */
export interface ConfiguredPorts {
  readonly port: string;
  readonly dataPort: string | undefined;
  readonly how: string | undefined;
}

/** Looks for what `port = "auto"` leaves open. A USB modem that was away may have other names afterwards: ask again then. */
export async function configuredPorts(
  { port, data_port, profile }: ModemConfig,
  root?: string,
): Promise<ConfiguredPorts> {
  if (port !== 'auto') return { port, dataPort: data_port, how: undefined };
  const options: FindOptions = { root, profile };
  const found = await findPorts(options);
  return { ...found, dataPort: data_port ?? found.dataPort };
}

/** The same configuration with the ports in it. */
export async function withPorts(
  config: ModemConfig,
  root: string | undefined,
  log: Log,
): Promise<ModemConfig> {
  const { port, dataPort, how } = await configuredPorts(config, root);
  if (how !== undefined) log.info({ port, dataPort, how }, 'the port of the modem was found');
  return { ...config, port, data_port: dataPort };
}
