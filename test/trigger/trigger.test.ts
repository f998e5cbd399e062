import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeFiles } from '../../src/base/files.ts';
import { fromBase32, toBase32 } from '../../src/trigger/base32.ts';
import { createReplayGuard, openReplayGuard, type ReplayGuard } from '../../src/trigger/guard.ts';
import type { TriggerKey } from '../../src/trigger/key.ts';
import { sealTrigger, sealTriggerBytes } from '../../src/trigger/seal.ts';
import { MAX_COUNTER, tokenText } from '../../src/trigger/token.ts';
import { verifyTrigger } from '../../src/trigger/verify.ts';
import { temporaryDirectory } from '../support/room.ts';

const key: TriggerKey = { id: 7, secret: Buffer.alloc(32, 0x5a) };
const device = 'handheld-1';

/** The edge: a guard without a disk, for thousands of runs. */
function memoryGuard(): ReplayGuard {
  const seen = new Map<number, number>();
  const last = (id: number) => seen.get(id) ?? 0;
  return {
    last,
    highest: () => Math.max(0, ...seen.values()),
    async accept(id, counter) {
      if (counter <= last(id)) return false;
      seen.set(id, counter);
      return true;
    },
  };
}

const verify = (message: string | Uint8Array, guard = memoryGuard(), keys = [key], to = device) =>
  verifyTrigger(message, { device: to, keys, guard });

const counters = fc.integer({ min: 1, max: MAX_COUNTER });
const flags = fc.integer({ min: 0, max: 255 });

test('R8 a sealed token is RP1 and 31 characters, and verifies with its fields', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 0xffff }), counters, flags, async (id, counter, flag) => {
      const own = { id, secret: randomBytes(32) };
      const text = sealTrigger(own, device, counter, flag);
      expect(text).toMatch(/^RP1[A-Z2-7]{31}$/);
      expect(await verify(text, memoryGuard(), [own])).toEqual({
        trigger: { keyId: id, counter, flags: flag },
      });
    }),
  );
});

test('the wire format is fixed: a token made by hand from RFC 2104 and RFC 4648', async () => {
  // HMAC-SHA256(32 x 5a, "RP1" 0a "handheld-1" 0007 000000000001 00), computed with Python's hmac and base64.
  expect(sealTrigger(key, device, 1)).toBe('RP1AADQAAAAAAAACAECMX57VVGNXWXYFIY');
});

test('a token is found between the text that gateways add, and behind a broken one', async () => {
  const text = sealTrigger(key, device, 9);
  for (const around of [
    `Via FreeSMS: ${text} (advert)`,
    `${text}.`,
    `x${text}\n`,
    `RP1ABC ${text}`,
    `RP1AB${text}`,
  ]) {
    expect(await verify(around)).toMatchObject({ trigger: { counter: 9 } });
  }
  const forged = sealTrigger({ ...key, secret: randomBytes(32) }, device, 8);
  expect(await verify(`${forged}${text}`)).toMatchObject({ trigger: { counter: 9 } });
});

test('the same bytes are accepted as an 8-bit message', async () => {
  expect(await verify(sealTriggerBytes(key, device, 5))).toMatchObject({ trigger: { counter: 5 } });
  const asText = Buffer.from(sealTrigger(key, device, 6), 'latin1');
  expect(await verify(asText)).toMatchObject({ trigger: { counter: 6 } });
  const altered = sealTriggerBytes(key, device, 5);
  altered[8] = 1;
  expect(await verify(altered)).toMatchObject({ refused: 'bad-tag' });
});

test('R8 any altered character is refused with a reason', async () => {
  const text = sealTrigger(key, device, 123456);
  const character = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), character, async (at, other) => {
      fc.pre(other !== text[at]);
      const verdict = await verify(text.slice(0, at) + other + text.slice(at + 1));
      expect(verdict).toHaveProperty('refused');
      expect(verdict).toHaveProperty('text', expect.stringMatching(/\w/));
    }),
    { numRuns: 500 },
  );
});

test('R8 every other last character of the token is refused: its low bits are not free', async () => {
  const text = sealTrigger(key, device, 77);
  for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567') {
    if (last === text.at(-1)) continue;
    expect(await verify(text.slice(0, -1) + last)).toHaveProperty('refused');
  }
});

test('R8 a truncated, a lengthened and an over-long message are refused', async () => {
  const text = sealTrigger(key, device, 3);
  for (let length = 3; length < text.length; length += 1) {
    expect(await verify(text.slice(0, length))).toMatchObject({ refused: 'malformed' });
  }
  expect(await verify(text.slice(0, 2))).toMatchObject({ refused: 'no-token' });
  expect(await verify(`${text}A`)).toMatchObject({ refused: 'oversized' });
  expect(await verify(text + ' '.repeat(2000))).toMatchObject({ refused: 'oversized' });
});

test('R8 another device, another key and another secret are refused', async () => {
  const text = sealTrigger(key, device, 3);
  expect(await verify(text, memoryGuard(), [key], 'handheld-2')).toMatchObject({ refused: 'bad-tag' });
  expect(await verify(text, memoryGuard(), [{ ...key, id: 8 }])).toMatchObject({ refused: 'unknown-key' });
  const other = { ...key, secret: randomBytes(32) };
  expect(await verify(text, memoryGuard(), [other])).toMatchObject({ refused: 'bad-tag' });
});

test('R8 a replay and an older counter are refused; a forged token uses up no counter', async () => {
  const guard = memoryGuard();
  const forged = sealTrigger({ ...key, secret: randomBytes(32) }, device, MAX_COUNTER);
  expect(await verify(forged, guard)).toMatchObject({ refused: 'bad-tag' });
  expect(await verify(sealTrigger(key, device, 10), guard)).toHaveProperty('trigger');
  expect(await verify(sealTrigger(key, device, 10), guard)).toMatchObject({ refused: 'replayed' });
  expect(await verify(sealTrigger(key, device, 9), guard)).toMatchObject({ refused: 'replayed' });
  expect(await verify(sealTrigger(key, device, 11), guard)).toHaveProperty('trigger');
});

test('random text never verifies', async () => {
  const looksRight = fc.uint8Array({ minLength: 19, maxLength: 19 }).map(tokenText);
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    looksRight,
    fc.array(looksRight).map((all) => all.join('')),
  );
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      expect(await verify(text, memoryGuard(), [{ id: 0, secret: key.secret }, key])).toHaveProperty(
        'refused',
      );
    }),
    { numRuns: 500 },
  );
});

test('Base32 agrees with RFC 4648 10 and goes back', () => {
  const vectors = [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ];
  for (const [plain = '', coded = ''] of vectors) expect(toBase32(Buffer.from(plain))).toBe(coded);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(Buffer.from(fromBase32(toBase32(bytes)) ?? [1])).toEqual(Buffer.from(bytes.length ? bytes : []));
    }),
  );
});

test('a key, counter or device that does not fit is not sealed', () => {
  expect(() => sealTrigger({ id: 65536, secret: key.secret }, device, 1)).toThrow(/65536/);
  expect(() => sealTrigger({ id: 1, secret: Buffer.alloc(31) }, device, 1)).toThrow(/31 bytes/);
  expect(() => sealTrigger(key, device, 0)).toThrow(/counter 0/);
  expect(() => sealTrigger(key, device, MAX_COUNTER + 1)).toThrow(/counter/);
  expect(() => sealTrigger(key, '', 1)).toThrow(/device id/);
});

test('the replay guard has each counter on the disk before it accepts it, per key', async () => {
  const path = join(await temporaryDirectory(), 'counters.json');
  const guard = await createReplayGuard(path);
  expect(await guard.accept(7, 100)).toBe(true);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ counters: { 7: 100 } });
  expect(await guard.accept(8, 5)).toBe(true);
  expect(guard.highest()).toBe(100);

  const again = await openReplayGuard(path);
  expect([await again.accept(7, 100), await again.accept(7, 99), await again.accept(8, 6)]).toEqual([
    false,
    false,
    true,
  ]);
  expect([again.last(7), again.last(8), again.last(9)]).toEqual([100, 6, 0]);
});

test('of two calls with one counter only one is accepted', async () => {
  const guard = await createReplayGuard(join(await temporaryDirectory(), 'counters.json'));
  const answers = await Promise.all([guard.accept(7, 1), guard.accept(7, 1)]);
  expect(answers.filter(Boolean)).toHaveLength(1);
});

test('a missing or broken counter file fails closed, and is made anew only at enrolment', async () => {
  const path = join(await temporaryDirectory(), 'counters.json');
  await expect(openReplayGuard(path)).rejects.toMatchObject({ code: 'guard-missing' });
  await createReplayGuard(path);
  await expect(createReplayGuard(path)).rejects.toMatchObject({ code: 'guard-exists' });
  for (const broken of ['', '{}', '{"counters":{"7":"1"}}', '{"counters":{"7":-1}}']) {
    await writeFile(path, broken);
    await expect(openReplayGuard(path)).rejects.toMatchObject({ code: 'guard-broken' });
    await expect(createReplayGuard(path)).rejects.toMatchObject({ code: 'guard-broken' });
  }
  await rm(path);
  await expect(openReplayGuard(path)).rejects.toMatchObject({ code: 'guard-missing' });
});

test('a trigger whose counter cannot be stored is refused, and is still good afterwards', async () => {
  const path = join(await temporaryDirectory(), 'counters.json');
  await createReplayGuard(path);
  let full = true;
  const files = {
    ...nodeFiles,
    create: (name: string) =>
      full ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : nodeFiles.create(name),
  };
  const guard = await openReplayGuard(path, files);
  const text = sealTrigger(key, device, 4);
  expect(await verify(text, guard)).toMatchObject({ refused: 'guard-broken', cause: { code: 'ENOSPC' } });
  full = false;
  expect(await verify(text, guard)).toMatchObject({ trigger: { counter: 4 } });
});
