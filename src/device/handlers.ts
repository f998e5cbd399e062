import { z } from 'zod';
import { ControlError, type ControlHandlers } from '../base/control.ts';
import type { Device } from './agent.ts';

const syncArgs = z.strictObject({ consent: z.boolean().optional() });
const settingsArgs = z.strictObject({
  on: z.boolean().optional(),
  intervalSeconds: z.number().optional(),
});

/**
 * What other commands may ask of the running agent: `sync` ({consent?}; its steps as progress, then the session
 * record), `settings` ({on?, intervalSeconds?}; then the status), `status`.
 */
export function deviceHandlers(device: Device): ControlHandlers {
  return {
    sync: async (args, reply) => {
      const { consent = false } = parse(syncArgs, args);
      const unwatch = device.watch(reply);
      try {
        return await device.syncNow({ consent });
      } finally {
        unwatch();
      }
    },
    settings: async (args) => {
      const change = parse(settingsArgs, args);
      if (Object.keys(change).length > 0) await device.setSettings(change);
      return device.status();
    },
    status: async () => device.status(),
  };
}

function parse<T>(shape: z.ZodType<T>, args: unknown): T {
  const result = shape.safeParse(args ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ControlError(`bad arguments: ${problems.join('; ')}`, { code: 'bad-request' });
}
