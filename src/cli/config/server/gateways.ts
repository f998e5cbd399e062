import { z } from 'zod';
import { modem, text } from '../parts.ts';
import { httpGateway } from './gateway-http.ts';
import { gammuSmsdFields, smstoolsFields } from './spool-gateways.ts';

const amount = z.number('expected an amount of money').positive('expected more than 0');

/** What every gateway has. */
const common = {
  /** Named in the address book and in the log. */
  name: text('a name').regex(/^[a-z0-9-]{1,64}$/, 'expected a name: 1 to 64 of a-z, 0-9 and -'),
  /** What one text or call costs, and the most that a day and a month (UTC) may cost, in any one currency. */
  cost: amount.optional(),
  cap_per_day: amount.optional(),
  cap_per_month: amount.optional(),
};

const modemGateway = z.strictObject({ ...common, kind: z.literal('modem'), modem });
const smstoolsGateway = z.strictObject({ ...common, ...smstoolsFields });
const gammuSmsdGateway = z.strictObject({ ...common, ...gammuSmsdFields });

const http = httpGateway(common);

/** `[[message_server.gateways]]`: a way to reach a telephone number. `kind` says which. */
export const gateway = z
  .discriminatedUnion('kind', [modemGateway, http, smstoolsGateway, gammuSmsdGateway], {
    error: 'expected kind = "modem", "http", "smstools" or "gammu-smsd"',
  })
  .refine(({ cost = 0, cap_per_day: day, cap_per_month: month }) => [day, month].every(fits(cost)), {
    error: 'a cap needs a cost (of one text or call), and it must be at least that',
    path: ['cost'],
  });

/** Whether a text fits into a cap at all: without a cost nothing would ever be counted. */
function fits(cost: number): (cap: number | undefined) => boolean {
  return (cap) => cap === undefined || (cost > 0 && cost <= cap);
}

export type GatewayConfig = z.infer<typeof gateway>;
export type ModemGatewayConfig = z.infer<typeof modemGateway>;
export type HttpGatewayConfig = z.infer<typeof http>;
export type SmstoolsGatewayConfig = z.infer<typeof smstoolsGateway>;
export type GammuSmsdGatewayConfig = z.infer<typeof gammuSmsdGateway>;
