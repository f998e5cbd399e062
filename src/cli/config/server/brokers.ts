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
        name: text('a user name'),
        password: text('a password'),
        role: z.enum(['mail-server', 'message-server'], 'expected "mail-server" or "message-server"'),
      }),
    )
    .default([]),
});

/** `[mqtt]`: a broker elsewhere, instead of `[broker]`. */
export const mqtt = z.strictObject({
  url: text('an MQTT URL').regex(/^mqtts?:\/\//, 'expected mqtt:// or mqtts://'),
  user: text('a user name'),
  password: text('a password'),
  ca: path.optional(),
});
