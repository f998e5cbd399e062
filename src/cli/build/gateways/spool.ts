import { gammuSmsd } from '../../../server/gateways/spool/gammu-smsd.ts';
import type { SpoolDirectories, SpoolProgram } from '../../../server/gateways/spool/program.ts';
import { smstools } from '../../../server/gateways/spool/smstools.ts';
import { openSpoolGateway } from '../../../server/gateways/spool/spool-gateway.ts';
import type { GammuSmsdGatewayConfig, SmstoolsGatewayConfig } from '../../config/server/gateways.ts';
import type { GatewaySurroundings, OpenedGateway } from './opened.ts';

/** The modem of an smsd on this machine. */
export function openSmstools(
  config: SmstoolsGatewayConfig,
  around: GatewaySurroundings,
): Promise<OpenedGateway> {
  return open(smstools, config, config, around);
}

/** The modem of a gammu-smsd on this machine. */
export function openGammuSmsd(
  config: GammuSmsdGatewayConfig,
  around: GatewaySurroundings,
): Promise<OpenedGateway> {
  const { outbox, sent, error } = config;
  return open(gammuSmsd, config, { outgoing: outbox, queues: [], sent, failed: error }, around);
}

async function open(
  program: SpoolProgram,
  { name, wait }: { readonly name: string; readonly wait: number },
  directories: SpoolDirectories,
  { clock, log }: GatewaySurroundings,
): Promise<OpenedGateway> {
  const around = { clock, log: log.child({ room: 'gateway' }) };
  return { gateway: await openSpoolGateway({ name, program, directories, waitMs: wait * 1000, ...around }) };
}
