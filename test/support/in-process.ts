import { vi } from 'vitest';
import { type Command, parseArguments } from '../../src/cli/command.ts';
import type { Ended } from './ringpost.ts';

/** A command in this process: starting another one takes seconds. `err` has what it threw, too; its code is 1 then. */
export async function runCommand(command: Command, ...words: string[]): Promise<Ended> {
  const [out, err] = [[] as string[], [] as string[]];
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0),
  ];
  try {
    const code = await command.run(parseArguments(command, words), new AbortController().signal);
    return { code, out: out.join(''), err: err.join('') };
  } catch (error) {
    return { code: 1, out: out.join(''), err: `${err.join('')}${(error as Error).message}` };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
