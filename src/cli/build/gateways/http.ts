import { readFile } from 'node:fs/promises';
import { httpGateway } from '../../../server/gateways/http/http-gateway.ts';
import type { HttpGatewayConfig } from '../../config/server/gateways.ts';
import type { GatewaySurroundings, OpenedGateway } from './opened.ts';

/** A provider with an HTTP interface: a connection for each text, so nothing to lose between. */
export async function openHttpGateway(
  { name, configured, ca, deadline }: HttpGatewayConfig,
  { clock, log }: GatewaySurroundings,
): Promise<OpenedGateway> {
  const gateway = httpGateway({
    ...configured,
    name,
    ca: ca === undefined ? undefined : await readFile(ca, 'utf8'),
    deadlineMs: deadline * 1000,
    clock,
    log: log.child({ room: 'gateway' }),
  });
  return { gateway };
}
