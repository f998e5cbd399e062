import { z } from 'zod';
import { modem, text } from '../parts.ts';

/** What every gateway has. */
const common = {
  /** Named in the address book and in the log. */
  name: text('a name').regex(/^[a-z0-9-]{1,64}$/, 'expected a name: 1 to 64 of a-z, 0-9 and -'),
};

const modemGateway = z.strictObject({ ...common, kind: z.literal('modem'), modem });

/** `[[message_server.gateways]]`: a way to reach a telephone number. `kind` says which. */
export const gateway = z.discriminatedUnion('kind', [modemGateway], {
  error: 'expected kind = "modem"',
});

export type GatewayConfig = z.infer<typeof gateway>;
export type ModemGatewayConfig = z.infer<typeof modemGateway>;
