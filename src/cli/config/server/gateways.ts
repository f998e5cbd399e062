import { z } from 'zod';
import { modem, text } from '../parts.ts';
import { gammuSmsdFields, smstoolsFields } from './spool-gateways.ts';

/** What every gateway has. */
const common = {
  /** Named in the address book and in the log. */
  name: text('a name').regex(/^[a-z0-9-]{1,64}$/, 'expected a name: 1 to 64 of a-z, 0-9 and -'),
};

const modemGateway = z.strictObject({ ...common, kind: z.literal('modem'), modem });
const smstoolsGateway = z.strictObject({ ...common, ...smstoolsFields });
const gammuSmsdGateway = z.strictObject({ ...common, ...gammuSmsdFields });

/** `[[message_server.gateways]]`: a way to reach a telephone number. `kind` says which. */
export const gateway = z.discriminatedUnion('kind', [modemGateway, smstoolsGateway, gammuSmsdGateway], {
  error: 'expected kind = "modem", "smstools" or "gammu-smsd"',
});

export type GatewayConfig = z.infer<typeof gateway>;
export type ModemGatewayConfig = z.infer<typeof modemGateway>;
export type SmstoolsGatewayConfig = z.infer<typeof smstoolsGateway>;
export type GammuSmsdGatewayConfig = z.infer<typeof gammuSmsdGateway>;
