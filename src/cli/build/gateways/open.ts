import { join } from 'node:path';
import { cappedGateway } from '../../../server/gateways/capped-gateway.ts';
import type { SmsGateway } from '../../../server/gateways/gateway.ts';
import type { GatewayConfig } from '../../config/server/gateways.ts';
import type { MessageServerConfig } from '../../config/server/message.ts';
import { openHttpGateway } from './http.ts';
import { openModemGateway } from './modem.ts';
import type { GatewaySurroundings, OpenedGateway } from './opened.ts';
import { openGammuSmsd, openSmstools } from './spool.ts';

/** Opens a gateway of each kind. */
const OPEN: {
  readonly [Kind in GatewayConfig['kind']]: (
    config: Extract<GatewayConfig, { kind: Kind }>,
    around: GatewaySurroundings,
    signal: AbortSignal,
  ) => Promise<OpenedGateway>;
} = {
  modem: openModemGateway,
  http: openHttpGateway,
  smstools: openSmstools,
  'gammu-smsd': openGammuSmsd,
};

/** The gateways of a message server, in the order of preference. Each has a directory of its own for what it remembers. */
export async function openGateways(
  config: MessageServerConfig,
  around: Omit<GatewaySurroundings, 'ringMs'>,
  signal: AbortSignal,
): Promise<OpenedGateway[]> {
  const opened: OpenedGateway[] = [];
  for (const one of gatewaysOf(config)) {
    const state = one.name === OWN ? around.state : join(around.state, 'gateways', one.name);
    const gateway = await open(one, { ...around, state, ringMs: config.ring * 1000 }, signal);
    opened.push({ ...gateway, gateway: await capped(gateway.gateway, one, { ...around, state }) });
  }
  return opened;
}

function capped(
  gateway: SmsGateway,
  { cost, cap_per_day: perDay, cap_per_month: perMonth }: GatewayConfig,
  { state, clock, log }: Pick<GatewaySurroundings, 'state' | 'clock' | 'log'>,
): SmsGateway | Promise<SmsGateway> {
  if (cost === undefined) return gateway;
  return cappedGateway(
    gateway,
    { cost, perDay, perMonth },
    { state, clock, log: log.child({ room: 'gateway' }) },
  );
}

/** The name of `message_server.modem`. */
const OWN = 'modem';

function gatewaysOf({ modem, gateways }: MessageServerConfig): GatewayConfig[] {
  return [...(modem ? [{ kind: 'modem' as const, name: OWN, modem }] : []), ...gateways];
}

function open<Kind extends GatewayConfig['kind']>(
  config: Extract<GatewayConfig, { kind: Kind }>,
  around: GatewaySurroundings,
  signal: AbortSignal,
): Promise<OpenedGateway> {
  return OPEN[config.kind as Kind](config, around, signal);
}
