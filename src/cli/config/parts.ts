import { z } from 'zod';
import { parseDuration, parseSize } from '../../base/quantity.ts';

/** Pieces that the device's and the server's configuration share. Every message says what was expected. */

export const text = (what: string) =>
  z.string(`expected ${what} in quotes`).min(1, `expected ${what}, found ""`);
export const path = text('a path').startsWith('/', 'expected an absolute path');
export const port = z
  .int('expected a port, 1 to 65535')
  .min(0, 'expected a port, 1 to 65535')
  .max(65535, 'expected a port, 1 to 65535');
export const deviceName = text('a device id').regex(
  /^[a-z0-9-]{1,64}$/,
  'expected a device id: 1 to 64 of a-z, 0-9 and -',
);
export const phoneNumber = text('a telephone number').regex(
  /^\+[1-9]\d{5,14}$/,
  'expected a telephone number in international form, "+4915112345678"',
);
export const keyHex = text('32 bytes in hex').regex(
  /^[0-9a-f]{64}$/i,
  'expected 32 bytes as 64 hexadecimal digits',
);

/** `"90s"`, `"10m"`, `"2h"`, `"1d"`; seconds. */
export const seconds = (fallback: string) =>
  converted(fallback, parseDuration, 'expected a duration such as "90s", "10m", "2h"');
/** `"500k"`, `"20M"`; bytes. */
export const bytes = (fallback: string) =>
  converted(fallback, parseSize, 'expected a size such as "500k", "20M"');

function converted(fallback: string, parse: (text: string) => number | undefined, expected: string) {
  return z
    .string(expected)
    .default(fallback)
    .transform((written, context) => {
      const value = parse(written);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: `${expected}, found "${written}"` });
      return z.NEVER;
    });
}

export const modem = z.strictObject({
  /** `"auto"`: found by what the profiles know of USB ids, else the UART of the Pi's header. */
  port: text('a path').regex(/^(?:\/|auto$)/, 'expected an absolute path, or "auto"'),
  /** Second tty of the modem, for data calls; default: with `port = "auto"` the profile's, else the same as `port`. */
  data_port: path.optional(),
  baud: z.int('expected a baud rate').min(300).max(4_000_000).default(115_200),
  rtscts: z.boolean('expected true or false').default(false),
  /** Name of a file in hardware/modems; default: asked from the modem. */
  profile: z.string('expected the name of a file in hardware/modems').optional(),
  pin: z
    .string('expected the PIN in quotes')
    .regex(/^\d{4,8}$/, 'expected 4 to 8 digits')
    .optional(),
  apn: text('an access point name')
    .regex(/^[A-Za-z0-9.-]{1,100}$/, 'expected an access point name')
    .optional(),
  /** Let it sleep between sessions, SMS reception on; default: on the handheld yes, where profile and line can. */
  sleep: z.boolean('expected true or false').optional(),
  /** Program that switches the modem: `on` or `cycle` is appended. Instead of a board. */
  power_command: text('a program and its arguments')
    .regex(/^\/\S+( \S+)*$/, 'expected an absolute path and, after single spaces, arguments')
    .optional(),
  /** Name of a file in hardware/boards: where power key, supply, reset and status of the modem are; default: what the device tree tells. */
  board: z.string('expected the name of a file in hardware/boards').optional(),
  /** Where to write the decoded serial log. */
  serial_log: path.optional(),
});

export const tls = {
  /** PEM file of the authority to trust instead of the system's. */
  ca: path.optional(),
  /** Name in the certificate, where it is not the host. */
  servername: text('a host name').optional(),
};

export const logLevel = z
  .enum(
    ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    'expected trace, debug, info, warn, error or silent',
  )
  .default('info');

export type ModemConfig = z.infer<typeof modem>;
