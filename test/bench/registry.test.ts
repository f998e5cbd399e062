import { expect, test } from 'vitest';
import { bench } from './harness/bench.ts';
import { registry } from './registry.ts';

async function run(...words: string[]) {
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
