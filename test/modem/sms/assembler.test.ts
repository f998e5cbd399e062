import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { Assembler } from '../../../src/modem/sms/assembler.ts';
import { type Deliver, decodeReceived } from '../../../src/modem/sms/decode.ts';
import { ascii, deliver, deliverText, hex, packed, swapped } from './support.ts';

function part(text: string, reference: number, count: number, number: number, more = {}): Deliver {
  const message = decodeReceived(deliverText(text, { reference, count, part: number }, more));
  if (message.type !== 'deliver') throw new Error(`a ${message.type}`);
  return message;
}

function assembler(options: { most?: number; maxAgeMs?: number } = {}) {
  const clock = new SimulatedClock();
  const givenUp: string[] = [];
  const all = new Assembler<string>({ clock, onGivenUp: (origins) => givenUp.push(...origins), ...options });
  return { clock, givenUp, all };
}

test('parts of several messages, shuffled and doubled, come out whole', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 6 });
  const messages = fc.array(words, { minLength: 1, maxLength: 4 });
  const scene = messages.chain((all) => {
    const parts = all.flatMap((texts, reference) =>
      texts.map((text, at) => ({ text, reference, count: texts.length, number: at + 1 })),
    );
    return fc.tuple(fc.constant(all), fc.shuffledSubarray(parts, { minLength: parts.length }));
  });
  fc.assert(
    fc.property(scene, ([all, parts]) => {
      const { all: box } = assembler();
      const whole = parts.flatMap(({ text, reference, count, number }, at) => {
        const message = part(text, reference, count, number);
        // A copy of a part that is not the last one to come changes nothing.
        const done = box.add(message, `${reference}.${number}`);
        if (!done && at % 2 === 0) box.add(message, `${reference}.${number} copy`);
        return done ? [done] : [];
      });
      expect(whole.map(({ text }) => text).sort()).toEqual(all.map((texts) => texts.join('')).sort());
      const origins = whole
        .flatMap((message) => message.origins)
        .filter((origin) => !origin.endsWith('copy'));
      expect(origins).toHaveLength(parts.length);
    }),
  );
});

test('sender, reference, its width and the count keep messages apart', () => {
  const { all } = assembler();
  const other = { from: `0D91${swapped('4915100000000')}` };
  const wide = deliver({ first: '44', length: hex(9), data: `06080400050202${packed(ascii('b'))}` });
  expect(all.add(part('a', 5, 2, 1), 'a')).toBeUndefined();
  expect(all.add(part('b', 5, 2, 2, other), 'other sender')).toBeUndefined();
  expect(all.add(part('b', 6, 2, 2), 'other reference')).toBeUndefined();
  expect(all.add(part('b', 5, 3, 2), 'other count')).toBeUndefined();
  expect(all.add(decodeReceived(wide) as Deliver, 'other width')).toBeUndefined();
  expect(all.add(part('b', 5, 2, 2), 'b')).toMatchObject({ text: 'ab', origins: ['a', 'b'] });
});

test('a reference that comes round again is another message', () => {
  const { all } = assembler();
  all.add(part('old 1', 5, 2, 1), 'old');
  expect(all.add(part('new 1', 5, 2, 1), 'new')).toBeUndefined();
  const late = { time: '62603030405000' };
  expect(all.add(part('far away', 5, 2, 2, late), 'half a year later')).toBeUndefined();
  expect(all.add(part('old 2', 5, 2, 2), 'old 2')).toMatchObject({ text: 'old 1old 2' });
});

test('what is too old, and what is too much, is given up oldest first', async () => {
  const { all, clock, givenUp } = assembler({ most: 2, maxAgeMs: 60_000 });
  all.add(part('x', 1, 2, 1), 'one');
  all.add(part('x', 2, 2, 1), 'two');
  all.add(part('x', 3, 2, 1), 'three');
  expect(givenUp).toEqual(['one']);
  await clock.advance(61_000);
  all.add(part('x', 4, 2, 1), 'four');
  expect(givenUp).toEqual(['one', 'two', 'three']);
  expect(all.giveUpOldest()).toEqual(['four']);
  expect(all.giveUpOldest()).toBeUndefined();
});

test('8-bit parts are joined as octets; a surrogate pair that a sender cut is whole again', () => {
  const { all } = assembler();
  const octets = (number: string, data: string) =>
    decodeReceived(
      deliver({ first: '44', dcs: '04', length: '0E', data: `0B00030502${number}050415B30000${data}` }),
    ) as Deliver;
  all.add(octets('02', 'CCDD'), 'b');
  expect(all.add(octets('01', 'AABB'), 'a')).toMatchObject({
    octets: Buffer.from('AABBCCDD', 'hex'),
    port: 0x15b3,
    origins: ['a', 'b'],
  });
  const ucs2 = (number: string, data: string) =>
    decodeReceived(
      deliver({ first: '44', dcs: '08', length: '08', data: `0500030602${number}${data}` }),
    ) as Deliver;
  all.add(ucs2('01', 'D83D'), 'a');
  expect(all.add(ucs2('02', 'DE00'), 'b')?.text).toBe('😀');
});
