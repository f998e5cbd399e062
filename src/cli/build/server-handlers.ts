import { z } from 'zod';
import { systemClock } from '../../base/clock.ts';
import { ControlError, type ControlHandlers } from '../../base/control.ts';
import { trigger } from '../../bus/topics.ts';
import { enrolDevice, revokeDevice, rotateKey } from '../../server/credentials.ts';
import { tryGateway } from '../../server/gateways/try-gateway.ts';
import { type Contact, contact } from '../../server/message/address-book.ts';
import { phoneNumber } from '../config/parts.ts';
import type { ServerConfig } from '../config/server.ts';
import { mosquittoPasswords } from './mosquitto-passwords.ts';
import type { BuiltServer } from './server.ts';
import { changeServerSettings, serverSettingsArgs } from './server-settings.ts';

const settingsArgs = z.strictObject({
  device: z.string(),
  on: z.boolean().optional(),
  intervalSeconds: z.number().int().min(0).optional(),
});
const triggerArgs = trigger.omit({ event: true });
const gatewayArgs = z.strictObject({ gateway: z.string(), number: phoneNumber });
const lookArgs = z.strictObject({ user: z.string().min(1), mailbox: z.string().min(1).optional() });
const enrolArgs = contact.omit({ key: true, next: true }).extend({ user: z.string().min(1).optional() });
const deviceArgs = z.strictObject({ device: z.string() });

/**
 * What other commands may ask of the running server: `settings`, `server-settings`, `trigger`, `try-gateway`, `look`, `contacts`,
 * `add-contact`, `remove-contact`, `enrol-device`, `rotate-key`, `revoke-device`, `mosquitto-passwords`.
 */
export function serverHandlers(
  server: BuiltServer,
  config: Pick<ServerConfig, 'mail' | 'watch' | 'mqtt'> = {},
): ControlHandlers {
  const { addressBook } = server;
  return {
    settings: async (args) => {
      const { device, ...change } = parse(settingsArgs, args);
      const messageServer = server.messageServer ?? absent('message server');
      if (Object.keys(change).length > 0) await messageServer.setSettings(device, change as { on?: boolean });
      return { device, ...(await messageServer.status(device)) };
    },
    'server-settings': async (args) => changeServerSettings(config, server, parse(serverSettingsArgs, args)),
    trigger: async (args) => {
      const agent =
        server.agent ?? absent('trigger agent (it needs [mail], [watch], [broker] or mqtt.mail_server)');
      await agent.stored(parse(triggerArgs, args));
      return { pending: agent.pending };
    },
    'try-gateway': async (args, _reply, signal) => {
      await tryGateway(server.gateways, parse(gatewayArgs, args), systemClock, signal);
      return {};
    },
    look: async (args) => {
      const { user, mailbox } = parse(lookArgs, args);
      (server.watcher ?? absent('watcher (it needs a section [watch])')).look(user, mailbox, true);
    },
    'mosquitto-passwords': async () => ({ lines: mosquittoPasswords(config, addressBook) }),
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
