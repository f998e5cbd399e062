import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Framer } from '../../../src/modem/framer.ts';

/** Everything that a framer reports, in its order. */
function frame(pieces: readonly Uint8Array[], set: (framer: Framer) => void = () => {}): string[] {
  const seen: string[] = [];
  const framer: Framer = new Framer({
    line: (text) => {
      seen.push(`line ${text}`);
      return /^\+RAW: (\d+)$/.test(text) ? Number(text.slice(6)) : undefined;
    },
    prompt: () => seen.push('prompt'),
    payload: (bytes) => seen.push(`payload ${Buffer.from(bytes).toString('latin1')}`),
    echo: () => seen.push('echo'),
    overlong: (length) => seen.push(`overlong ${length}`),
  });
  set(framer);
  for (const piece of pieces) framer.push(piece);
  return seen;
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** Bytes and places to cut them at. */
function cuts(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const ends = [...sorted, bytes.length];
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const wanted = (framer: Framer) => {
  framer.promptWanted = true;
  framer.expectEcho(latin1('AT+CMGS=5\r'));
};

const session = latin1(
  'AT+CMGS=5\r\r\n+RAW: 12\r\n\r\nOK\r\n> AT+\xff\r\nRING\r\n\0\0\r\n> \r\n+CMGS: 1\r\n\r\n+RAW: 1\r\n\n\r\nOK\r\n',
);

describe('any split of the bytes gives the same lines', () => {
  test('a session with echo, payloads and a prompt', () => {
    const whole = frame([session], wanted);
    expect(whole).toEqual([
      'echo',
      'line +RAW: 12',
      'payload \r\nOK\r\n> AT+\xff',
      'line RING',
      'prompt',
      'line +CMGS: 1',
      'line +RAW: 1',
      'payload \n',
      'line OK',
    ]);
    expect(
      frame(
        [...session].map((byte) => Uint8Array.of(byte)),
        wanted,
      ),
    ).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (places) => {
        expect(frame(cuts(session, places), wanted)).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes at all, with or without an expected echo of any bytes', () => {
    const noisy = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(...['\r\nOK\r\n', '\r\n> ', '\r\n+RAW: 7\r\n', 'AT+X\r', '\0', '\xff'].map(latin1)),
    );
    const stream = fc.array(noisy, { maxLength: 12 }).map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.uint8Array({ maxLength: 4 }),
        (bytes, places, echo) => {
          const set = (framer: Framer) => {
            framer.promptWanted = true;
            framer.expectEcho(echo);
          };
          expect(frame(cuts(bytes, places), set)).toEqual(frame([bytes], set));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('noise', () => {
  test('a line over 2 kB is dropped, what follows is not', () => {
    const noise = Buffer.alloc(1_000_000, 'x');
    expect(frame([noise, latin1('y\r\nOK\r\n')])).toEqual(['overlong 1000002', 'line OK']);
  });

  test('a line of exactly 2048 bytes is kept', () => {
    const line = 'z'.repeat(2048);
    expect(frame([latin1(`${line}\nOK\n`)])).toEqual([`line ${line}`, 'line OK']);
  });

  test.each([0x00, 0xff, 0x0d, 0x0a, 0x20])('1 MB of byte %i costs neither memory nor much time', (byte) => {
    const piece = Buffer.alloc(4096, byte);
    const pieces = Array.from({ length: 256 }, () => piece);
    const before = process.memoryUsage().heapUsed;
    const seen = frame([...pieces, latin1('\r\nOK\r\n')]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000);
    expect(seen).toEqual(['line OK']);
  });

  test('a `>` is a line like others when no prompt is wanted', () => {
    expect(frame([latin1('\r\n> \r\n>x\r\n')])).toEqual(['line >', 'line >x']);
  });
});
