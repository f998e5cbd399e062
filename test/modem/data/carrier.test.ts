import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CarrierWatch } from '../../../src/modem/data/carrier-watch.ts';
import { played, reading } from './support.ts';

const LOST = '\r\nNO CARRIER\r\n';

describe('NO CARRIER', () => {
  test('before the first frame, and between two flags, at once', async () => {
    for (const before of ['', '~\xff}#\xc0!abc~', '~~~']) {
      const its = await played();
      const call = await its.run(its.calls.dial());
      const got = reading(call);
      its.say(before + LOST);
      await its.clock.advance(0);
      expect(got.end).toEqual({ why: 'carrier-lost', line: 'NO CARRIER' });
      expect(call.stream.readableEnded).toBe(true);
    }
  });

  test('inside a mail it is data, however it is cut', () => {
    const frame = `~\xff\x03\x00!Subject: modems\r\n\r\nIt said${LOST}and then ${LOST}more~`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: frame.length - 1 })), (cuts) => {
        const watch = new CarrierWatch();
        const places = [0, ...cuts.sort((one, other) => one - other), frame.length];
        const verdicts = places.slice(1).map((end, index) => {
          return watch.push(Buffer.from(frame.slice(places[index], end), 'latin1')).is;
        });
        return !verdicts.includes('lost') && verdicts.at(-1) === 'none';
      }),
    );
  });

  test('byte by byte between flags it is found', () => {
    const watch = new CarrierWatch();
    const verdicts = [...Buffer.from(`~abc~${LOST}`, 'latin1')].map(
      (byte) => watch.push(Uint8Array.of(byte)).is,
    );
    expect(verdicts.indexOf('lost')).toBe('~abc~\r\nNO CARRIER'.length);
  });

  test('a mail that holds it goes through whole, and the call lives', async () => {
    const its = await played();
    const call = await its.run(its.calls.dial());
    const got = reading(call);
    its.say(`~frame begins${LOST}`);
    await its.clock.advance(200);
    its.say('and goes on~');
    await its.clock.advance(5000);
    expect(got).toEqual({ text: `~frame begins${LOST}and goes on~`, end: undefined });
  });

  test('in mid-frame, the last thing before a silence: under half a second', async () => {
    const its = await played();
    const call = await its.run(its.calls.dial());
    const got = reading(call);
    its.say(`~half a fra${LOST}`);
    await its.clock.advance(200);
    expect(got.end).toBeUndefined();
    await its.clock.advance(200);
    expect(got.end).toEqual({ why: 'carrier-lost', line: 'NO CARRIER' });
  });

  test('words that only begin like it are none', async () => {
    const its = await played();
    const call = await its.run(its.calls.dial());
    const got = reading(call);
    its.say('~half\r\nNO CARRIER PIGEONS\r\n');
    await its.clock.advance(1000);
    its.say('~\r\nNO CARRIERS\r\n');
    await its.clock.advance(1000);
    expect(got.end).toBeUndefined();
  });
});

test('after a lost carrier nothing is sent but AT, and waiting commands run', async () => {
  const its = await played();
  const call = await its.run(its.calls.dial());
  const quality = its.channel.command('AT+CSQ');
  const before = its.sent().length;
  its.say(`~${LOST}`);
  await its.run(call.ended);
  await its.run(call[Symbol.asyncDispose]());
  await its.run(quality);
  expect(its.sent().slice(before)).toBe('\x1bAT\rAT+CSQ\r');
});

test('a modem that starts again in the middle ends the call and is noticed; so is one that does after it', async () => {
  const its = await played();
  const call = await its.run(its.calls.dial());
  its.say('~frame~\r\nRDY\r\n');
  expect(await its.run(call.ended)).toEqual({ why: 'carrier-lost', line: 'RDY' });
  await its.clock.advance(0);
  expect(its.resets()).toBe(1);
  const next = await its.run(its.calls.dial());
  its.say(`~frame~${LOST}\r\nRDY\r\n`);
  await its.run(next.ended);
  await its.clock.advance(1000);
  expect(its.resets()).toBe(1);
  expect(its.urcs).toEqual(['RDY']);
});

test('a line that is gone ends the call and its stream', async () => {
  const its = await played();
  const call = await its.run(its.calls.dial());
  const got = reading(call);
  its.unplug();
  expect(await its.run(call.ended)).toMatchObject({ why: 'line-lost', error: { message: 'unplugged' } });
  await its.clock.advance(0);
  expect(call.stream.readableEnded).toBe(true);
  expect(got.text).toBe('');
  await its.run(call[Symbol.asyncDispose]());
});

test('a reader that does not read stops the line; bytes are counted both ways', async () => {
  const its = await played();
  const call = await its.run(its.calls.dial());
  for (let piece = 0; piece < 40; piece += 1) its.say('~'.repeat(1000));
  await its.clock.advance(10);
  expect(call.stream.readableLength).toBeLessThan(20_000);
  const got = reading(call);
  await its.clock.advance(10);
  expect(got.text).toHaveLength(40_000);
  call.stream.write('~up~');
  await its.clock.advance(0);
  expect(call.bytes()).toEqual({ up: 4, down: 40_000 });
  expect(its.sent()).toMatch(/~up~$/);
});
