import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { redactNumber } from '../../base/redact.ts';
import { GatewayError } from './errors.ts';
import type { SmsGateway } from './gateway.ts';

/** No trigger: a device that gets it does nothing. */
const TEXT = 'Ringpost reaches you through this gateway.';
const DEADLINE_MS = 120_000;

/** Sends a text that says only that the gateway works. Rejects with GatewayError `no-gateway`, or with the gateway's error. */
export async function tryGateway(
  gateways: readonly SmsGateway[],
  { gateway: name, number }: { readonly gateway: string; readonly number: string },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const gateway = gateways.find((one) => one.name === name && one.sendSms);
  if (!gateway) {
    const names = gateways.map((one) => one.name).join(', ');
    throw new GatewayError(`there is no gateway "${name}" that sends texts; there are: ${names}`, {
      code: 'no-gateway',
      surely: true,
    });
  }
  const wait = { what: `SMS to ${redactNumber(number)} by ${name}`, ms: DEADLINE_MS, signal };
  await withDeadline(clock, wait, async (over) => gateway.sendSms?.(number, TEXT, over));
}
