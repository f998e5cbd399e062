import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from '../../src/base/config.ts';

const schema = z.strictObject({
  imap: z.strictObject({
    host: z.string('expected a host name'),
    port: z.number('expected a port').int().max(65535),
  }),
});

test('every wrong key is named at once', () => {
  const bad = () => parseConfig('/etc/x.toml', '[imap]\nport = "imaps"\nhots = "a"\n', schema);
  expect(bad).toThrow(ConfigError);
  expect(bad).toThrow(
    /\/etc\/x\.toml[\s\S]*imap\.host: expected a host name[\s\S]*imap\.port[\s\S]*imap\.hots: unknown key/,
  );
});

test('what is no TOML is told with its line', () => {
  expect(() => parseConfig('/etc/x.toml', '[imap\n', schema)).toThrow(/line 1/);
});
