import { z } from 'zod';
import { modem, seconds } from '../parts.ts';
import { gateway } from './gateways.ts';

/** `[message_server]`: rings the devices of the address book. */
export const messageServer = z
  .strictObject({
    /** Short for a first gateway `modem` of kind `modem`. */
    modem: modem.optional(),
    /** In the order of preference; the address book may name others for a device. */
    gateways: z.array(gateway).default([]),
    /** Interval of a device that has not chosen one. */
    interval: seconds('10m'),
    /** How long a modem lets a device ring. */
    ring: seconds('15s'),
    triggers_per_hour: z.int('expected a count').min(1).default(12),
    triggers_per_day: z.int('expected a count').min(1).default(100),
    /** In any 30 days. */
    triggers_per_month: z.int('expected a count').min(1).default(600),
  })
  .refine(({ modem, gateways }) => modem || gateways.length > 0, {
    error: 'expected a modem, or at least one [[message_server.gateways]]',
    path: ['gateways'],
  })
  .refine((config) => areDifferent(gatewayNames(config)), {
    error: 'expected a name of its own for each gateway ("modem" is that of message_server.modem)',
    path: ['gateways'],
  });

export type MessageServerConfig = z.infer<typeof messageServer>;

function gatewayNames({ modem, gateways }: { modem?: unknown; gateways: readonly { name: string }[] }) {
  return [...(modem ? ['modem'] : []), ...gateways.map(({ name }) => name)];
}

function areDifferent(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
