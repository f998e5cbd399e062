import { array, asyncProperty, constantFrom, assert as holds, integer, record } from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type DurableMap, openDurableMap } from '../../src/base/durable-map.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { VolatileFiles } from '../support/volatile-files.ts';

const PATH = '/state/map.json';

function open(files: MemoryFiles | VolatileFiles): Promise<DurableMap<number>> {
  return openDurableMap({ path: PATH, value: z.number(), files });
}

const step = record({ key: constantFrom('a', 'b', 'constructor'), value: integer({ min: -1, max: 9 }) });

test('what was confirmed is there after a power cut at any operation, and nothing that never was asked for', async () => {
  await holds(
    asyncProperty(array(step, { maxLength: 12 }), integer({ min: 0, max: 60 }), async (steps, cut) => {
      const files = new VolatileFiles();
      const map = await open(files);
      files.operations = 0;
      files.cutAt = cut;
      const confirmed = new Map<string, number>();
      let asked = new Map<string, number>();
      for (const { key, value } of steps) {
        asked = new Map(confirmed);
        if (value < 0) asked.delete(key);
        else asked.set(key, value);
        try {
          await (value < 0 ? map.delete(key) : map.set(key, value));
        } catch {
          break;
        }
        if (value < 0) confirmed.delete(key);
        else confirmed.set(key, value);
      }
      files.powerCut();
      const again = await open(files);
      const found = new Map(['a', 'b', 'constructor'].flatMap((key) => entry(again, key)));
      expect([[...confirmed].sort(), [...asked].sort()]).toContainEqual([...found].sort());
      await again.set('after', 1);
      expect((await open(files)).get('after')).toBe(1);
    }),
    { numRuns: 200 },
  );
});

function entry(map: DurableMap<number>, key: string): [string, number][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}

test('a change costs its line, and a file that is mostly past is rewritten', async () => {
  const files = new MemoryFiles();
  const map = await open(files);
  for (let key = 0; key < 500; key += 1) await map.set(`device-${key}`, key);
  const before = files.content.get(PATH)?.length ?? 0;
  await map.set('device-7', 8);
  expect((files.content.get(PATH)?.length ?? 0) - before).toBe('{"key":"device-7","value":8}\n'.length);
  for (let turn = 0; turn < 5000; turn += 1) await map.set('device-7', turn);
  expect(files.lines(PATH).length).toBeLessThanOrEqual(2001);
  const again = await open(files);
  expect([...again.values()]).toHaveLength(500);
  expect(again.get('device-7')).toBe(4999);
});

test('half a line at the end is dropped; any other that is not ours is named, and the file left as it is', async () => {
  const files = new MemoryFiles();
  await (await open(files)).set('a', 1);
  const whole = files.content.get(PATH)?.toString('utf8');
  files.content.set(PATH, Buffer.from(`${whole}{"key":"b","val`));
  const map = await open(files);
  expect([map.get('a'), map.get('b')]).toEqual([1, undefined]);
  await map.set('c', 3);
  expect(files.lines(PATH)).toEqual([
    { key: 'a', value: 1 },
    { key: 'c', value: 3 },
  ]);
  for (const broken of [`{"key":"a","value":"one"}\n`, `${whole}junk\n${whole}`, '{"key"', '{"value":1}\n']) {
    files.content.set(PATH, Buffer.from(broken));
    await expect(open(files), broken).rejects.toMatchObject({ code: 'broken-document' });
    expect(files.content.get(PATH)?.toString('utf8')).toBe(broken);
  }
});

test('a change that could not be written never happened, and the next one is whole', async () => {
  const files = new MemoryFiles();
  const map = await open(files);
  await map.set('a', 1);
  const append = files.append.bind(files);
  files.append = async (path) => ({
    ...(await append(path)),
    write: async (chunk) => {
      await (await append(path)).write(chunk.subarray(0, 5));
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    },
  });
  await expect(map.set('b', 2)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(map.get('b')).toBeUndefined();
  files.append = append;
  await map.set('c', 3);
  const again = await open(files);
  expect([again.get('a'), again.get('b'), again.get('c')]).toEqual([1, undefined, 3]);
});
