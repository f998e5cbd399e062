import { z } from 'zod';
import { bytes, deviceName, logLevel, modem, path, port, seconds, text } from './parts.ts';

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
    mail: z
      .strictObject({
        domain: text('a domain').default('localhost'),
        host: text('an address to listen on').default('127.0.0.1'),
        smtp_port: port.default(2525),
        /** TLS from the first byte. */
        imap_port: port.default(9930),
        max_message: bytes('50M'),
        users: z
          .array(
            z.strictObject({
              name: text('a user name'),
              password: text('a password or its scrypt hash'),
              addresses: z.array(text('an address')).min(1, 'expected at least one address'),
              device: deviceName.optional(),
            }),
          )
          .min(1, 'expected at least one [[mail.users]]'),
      })
      .optional(),
    /** The embedded broker. */
    broker: z
      .strictObject({
        host: text('an address to listen on').default('127.0.0.1'),
        port: port.default(8883),
        tls: z.boolean('expected true or false').default(true),
        /** Mail servers and message servers on other machines. Devices come from the address book. */
        users: z
          .array(
            z.strictObject({
              name: text('a user name'),
              password: text('a password'),
              role: z.enum(['mail-server', 'message-server'], 'expected "mail-server" or "message-server"'),
            }),
          )
          .default([]),
      })
      .optional(),
    /** A broker elsewhere, instead of [broker]. */
    mqtt: z
      .strictObject({
        url: text('an MQTT URL').regex(/^mqtts?:\/\//, 'expected mqtt:// or mqtts://'),
        user: text('a user name'),
        password: text('a password'),
        ca: path.optional(),
      })
      .optional(),
    message_server: z
      .strictObject({
        modem,
        /** Interval of a device that has not chosen one. */
        interval: seconds('10m'),
        ring: seconds('15s'),
        triggers_per_hour: z.int('expected a count').min(1).default(12),
        triggers_per_day: z.int('expected a count').min(1).default(100),
      })
      .optional(),
  })
  .refine((config) => Boolean(config.broker) !== Boolean(config.mqtt), {
    error: 'expected either [broker] (embedded) or [mqtt] (a broker elsewhere)',
    path: ['broker'],
  })
  .refine((config) => config.mail || config.message_server || config.broker, {
    error: 'expected at least one of [mail], [broker], [message_server]',
  });

export type ServerConfig = z.infer<typeof serverConfig>;
