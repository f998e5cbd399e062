import { z } from 'zod';
import { path, port, text } from '../parts.ts';

/** `[broker]`: the embedded broker. */
export const broker = z.strictObject({
  host: text('an address to listen on').default('127.0.0.1'),
  port: port.default(8883),
  tls: z.boolean('expected true or false').default(true),
  /** Mail servers and message servers on other machines. Devices come from the address book. */
  users: z
    .array(
      z.strictObject({
        name: text('a user name').refine(
          (name) => name !== 'mail-server' && name !== 'message-server',
          'expected another name: this is one of the server itself',
        ),
        password: text('a password'),
        role: z.enum(['mail-server', 'message-server'], 'expected "mail-server" or "message-server"'),
      }),
    )
    .default([]),
});

/** As whom something logs in. No `:`, which ends a name in Mosquitto's password file, and no wildcard. */
const user = text('a user name').regex(
  /^[^:/+#\s]{1,64}$/,
  'expected a user name without : / + # and spaces',
);
const login = z.strictObject({ user, password: text('a password') });

/**
 * `[mqtt]`: a broker elsewhere, instead of `[broker]`. Where one part runs here, `user` and `password` are its own; where
 * mail server and message server both do, each has its user. Each machine needs users of its own: one user is one session.
 */
export const mqtt = z.strictObject({
  url: text('an MQTT URL').regex(/^mqtts?:\/\//, 'expected mqtt:// or mqtts://'),
  user: user.optional(),
  password: text('a password').optional(),
  mail_server: login.optional(),
  message_server: login.optional(),
  ca: path.optional(),
});

export type MqttConfig = z.infer<typeof mqtt>;
export type MqttLogin = z.infer<typeof login>;
