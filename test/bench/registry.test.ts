import { expect, test } from 'vitest';
import { bench } from './harness/bench.ts';
import type { Registry, Running } from './harness/benchmark.ts';
import { registry } from './registry.ts';

function run(...words: string[]) {
  return runIn(registry, ...words);
}

async function runIn(registry: Registry, ...words: string[]) {
  const [out, err] = [[] as string[], [] as string[]];
  const { signal } = new AbortController();
  const code = await bench(words, {
    registry,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('npm run bench lists its benchmarks and refuses a name that it does not know', async () => {
  const help = await run('--help');
  expect(help.code).toBe(0);
  for (const name of Object.keys(registry)) expect(help.out).toContain(name);
  const wrong = await run('memroy');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('memroy');
});

test('words behind a name narrow that benchmark, and no other', async () => {
  const seen: [string, string[]][] = [];
  const benchmark = (name: string, words: Record<string, string>) => ({
    measures: name,
    how: 'not at all',
    words,
    async run(_signal: AbortSignal, { words: told, progress }: Running) {
      seen.push([name, [...told]]);
      progress(`${name} is under way`);
      return { rows: [] };
    },
  });
  const two: Registry = {
    air: async () => ({ benchmark: benchmark('air', { slow: 'a bad network', good: 'a decent one' }) }),
    disk: async () => ({ benchmark: benchmark('disk', {}) }),
  };
  const done = await runIn(two, 'air', 'slow', 'disk');
  expect(done.code).toBe(0);
  expect(seen).toEqual([
    ['air', ['slow']],
    ['disk', []],
  ]);
  expect(done.err).toBe('air is under way\ndisk is under way');
  expect((await runIn(two, '--help')).out).toContain('slow: a bad network');
  for (const wrong of [['slow'], ['disk', 'slow'], ['air', 'slwo']]) {
    const refused = await runIn(two, ...wrong);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(wrong.at(-1));
  }
  expect(seen).toHaveLength(2);
});
