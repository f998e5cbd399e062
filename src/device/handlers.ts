import { z } from 'zod';
import { ControlError, type ControlHandlers } from '../base/control.ts';
import type { Device } from './agent.ts';
import type { WishFor } from './runner.ts';

const mailbox = z.string().min(1).max(1000);
const syncArgs = z.strictObject({
  consent: z.boolean().optional(),
  acceptDeletions: z.array(mailbox).max(100).optional(),
  ownNetwork: z.boolean().optional(),
});
const fetchArgs = z.strictObject({
  mailbox: mailbox.optional(),
  which: z.union([z.literal('all'), z.array(z.string().min(1).max(1000)).min(1).max(1000)]).default('all'),
});
const settingsArgs = z.strictObject({
  on: z.boolean().optional(),
  intervalSeconds: z.number().optional(),
});

/**
 * What other commands may ask of the running agent: `sync` ({consent?, acceptDeletions?, ownNetwork?}; its steps as progress, then the session
 * record), `fetch` ({mailbox?, which?}, as `WholeWanted`; the same), `settings` ({on?, intervalSeconds?}; then the status), `status`.
 */
export function deviceHandlers(device: Device): ControlHandlers {
  const session = async (wanted: WishFor, reply: (progress: unknown) => void) => {
    const unwatch = device.watch(reply);
    try {
      return await device.syncNow(wanted);
    } finally {
      unwatch();
    }
  };
  return {
    sync: async (args, reply) => session(parse(syncArgs, args), reply),
    fetch: async (args, reply) => session({ fetch: parse(fetchArgs, args) }, reply),
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
