import { z } from 'zod';
import { modem, text } from '../parts.ts';
import { httpGateway } from './gateway-http.ts';

/** What every gateway has. */
const common = {
  /** Named in the address book and in the log. */
  name: text('a name').regex(/^[a-z0-9-]{1,64}$/, 'expected a name: 1 to 64 of a-z, 0-9 and -'),
};

const modemGateway = z.strictObject({ ...common, kind: z.literal('modem'), modem });

const http = httpGateway(common);

/** `[[message_server.gateways]]`: a way to reach a telephone number. `kind` says which. */
export const gateway = z.discriminatedUnion('kind', [modemGateway, http], {
  error: 'expected kind = "modem" or "http"',
});

export type GatewayConfig = z.infer<typeof gateway>;
export type ModemGatewayConfig = z.infer<typeof modemGateway>;
export type HttpGatewayConfig = z.infer<typeof http>;
