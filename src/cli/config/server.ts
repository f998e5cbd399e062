import { z } from 'zod';
import { logLevel, path, text } from './parts.ts';
import { broker, mqtt } from './server/brokers.ts';
import { mail } from './server/mail.ts';
import { messageServer } from './server/message.ts';
import { publicNames } from './server/public.ts';
import { roleProblems } from './server/roles.ts';
import { watch } from './server/watch.ts';

/**
 * `server.toml`: mail server, broker and message server, each where its section is there, so that one process
 * or several on different machines do the work. The file holds secrets: mode 0600.
 */
export const serverConfig = z
  .strictObject({
    state: path.default('/var/lib/ringpost/server'),
    /** Unix socket for `ringpost settings --device` and `ringpost trigger`. */
    socket: path.default('/run/ringpost/server.sock'),
    log: logLevel,
    /** Certificate and key; made (self-signed, for `name`) in `state` when left out. */
    tls: z
      .strictObject({
        name: text('a host name').default('localhost'),
        cert: path.optional(),
        key: path.optional(),
      })
      .prefault({}),
    public: publicNames,
    mail: mail.optional(),
    watch: watch.optional(),
    broker: broker.optional(),
    mqtt: mqtt.optional(),
    message_server: messageServer.optional(),
  })
  .refine((config) => Boolean(config.broker) !== Boolean(config.mqtt), {
    error: 'expected either [broker] (embedded) or [mqtt] (a broker elsewhere)',
    path: ['broker'],
  })
  .refine((config) => config.mail || config.watch || config.message_server || config.broker || config.mqtt, {
    error: 'expected at least one of [mail], [watch], [broker], [message_server]',
  })
  .superRefine((config, context) => {
    for (const problem of roleProblems(config)) context.addIssue({ code: 'custom', ...problem });
  });

export type ServerConfig = z.infer<typeof serverConfig>;
