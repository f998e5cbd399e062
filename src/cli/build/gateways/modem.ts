import type { SmsGateway } from '../../../server/gateways/gateway.ts';
import { modemGateway } from '../../../server/gateways/modem-gateway.ts';
import type { ModemGatewayConfig } from '../../config/server/gateways.ts';
import { configuredReviver } from '../power.ts';
import { openConfiguredModem } from '../radio.ts';
import type { GatewaySurroundings, OpenedGateway } from './opened.ts';

/** A modem of this machine. It is lost for good when its port is. */
export async function openModemGateway(
  { name, modem: config }: ModemGatewayConfig,
  around: GatewaySurroundings,
  signal: AbortSignal,
): Promise<OpenedGateway> {
  const { log, owned, ringMs } = around;
  const reviver = await configuredReviver(config, around);
  if (reviver) owned.use(reviver);
  const { modem } = owned.use(await openConfiguredModem(config, { ...around, reviver }, signal));
  const gateway: SmsGateway = modemGateway(modem, { name, ringMs, log: log.child({ room: 'gateway' }) });
  return { gateway, lost: modem.closed };
}
