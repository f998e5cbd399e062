import type { Benchmark, Registry } from './benchmark.ts';

/** A benchmark that is wanted, with the words that narrow it. */
export interface Chosen {
  readonly name: string;
  readonly benchmark: Benchmark;
  readonly words: Set<string>;
}

/** What the words of a command line choose, each benchmark once; all for none. Or what is wrong with them, in words. */
export async function chooseIn(registry: Registry, line: readonly string[]): Promise<Chosen[] | string> {
  const chosen = new Map<string, Chosen>();
  let last: Chosen | undefined;
  for (const word of line.length > 0 ? line : Object.keys(registry)) {
    const load = Object.hasOwn(registry, word) ? registry[word] : undefined;
    if (load) {
      last = chosen.get(word) ?? { name: word, benchmark: (await load()).benchmark, words: new Set() };
      chosen.set(word, last);
    } else if (last && Object.hasOwn(last.benchmark.words ?? {}, word)) last.words.add(word);
    else return unknown(word, last, registry);
  }
  return [...chosen.values()];
}

function unknown(word: string, last: Chosen | undefined, registry: Registry): string {
  const words = Object.keys(last?.benchmark.words ?? {});
  const narrower = words.length > 0 ? `, and "${last?.name}" knows ${words.join(', ')}` : '';
  return `no benchmark "${word}"; there are ${Object.keys(registry).join(', ')}${narrower}`;
}
