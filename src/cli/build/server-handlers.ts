import { z } from 'zod';
import { ControlError, type ControlHandlers } from '../../base/control.ts';
import { trigger } from '../../bus/topics.ts';
import { enrolDevice, revokeDevice, rotateKey } from '../../server/credentials.ts';
import { type Contact, contact } from '../../server/message/address-book.ts';
import type { BuiltServer } from './server.ts';

const settingsArgs = z.strictObject({
  device: z.string(),
  on: z.boolean().optional(),
  intervalSeconds: z.number().int().min(0).optional(),
});
const triggerArgs = trigger.omit({ event: true });
const lookArgs = z.strictObject({ user: z.string().min(1), mailbox: z.string().min(1).optional() });
const enrolArgs = contact.omit({ key: true, next: true }).extend({ user: z.string().min(1).optional() });
const deviceArgs = z.strictObject({ device: z.string() });

/**
 * What other commands may ask of the running server: `settings`, `trigger`, `look`, `contacts`,
 * `add-contact`, `remove-contact`, `enrol-device`, `rotate-key`, `revoke-device`.
 */
export function serverHandlers(server: BuiltServer): ControlHandlers {
  const { addressBook } = server;
  return {
    settings: async (args) => {
      const { device, ...change } = parse(settingsArgs, args);
      const messageServer = server.messageServer ?? absent('message server');
      if (Object.keys(change).length > 0) await messageServer.setSettings(device, change as { on?: boolean });
      return { device, ...(await messageServer.status(device)) };
    },
    trigger: async (args) => {
      const agent = server.agent ?? absent('trigger agent (it needs a section [mail], [watch] or [broker])');
      await agent.stored(parse(triggerArgs, args));
      return { pending: agent.pending };
    },
    look: async (args) => {
      const { user, mailbox } = parse(lookArgs, args);
      (server.watcher ?? absent('watcher (it needs a section [watch])')).look(user, mailbox, true);
    },
    contacts: async () => addressBook.list().map(shown),
    'add-contact': async (args) => {
      const { device } = await addressBook.add(parse(contact, args));
      return { device };
    },
    'enrol-device': async (args) => enrolDevice(server.credentials, parse(enrolArgs, args)),
    'rotate-key': async (args) => rotateKey(server.credentials, parse(deviceArgs, args).device),
    'revoke-device': async (args) => ({
      revoked: await revokeDevice(server.credentials, parse(deviceArgs, args).device),
    }),
    'remove-contact': async (args) => ({ removed: await addressBook.remove(parse(deviceArgs, args).device) }),
  };
}

/** A contact without its secrets. */
function shown({ key, next, ...rest }: Contact) {
  return { ...rest, keyId: key.id, ...(next && { nextKeyId: next.id }) };
}

function absent(what: string): never {
  throw new ControlError(`this server process runs no ${what}`, { code: 'bad-request' });
}

function parse<T>(shape: z.ZodType<T>, args: unknown): T {
  const result = shape.safeParse(args ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ControlError(`bad arguments: ${problems.join('; ')}`, { code: 'bad-request' });
}
