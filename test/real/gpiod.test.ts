import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { holdWords, majorOf, pulseWords, readWords } from '../../src/modem/power/gpio-words.ts';

const run = promisify(execFile);
const NO_CHIP = 'gpiochip-of-nobody';
const LINE = { line: 4, activeLow: true };

/** What the tool of this Debian says: the build machine has no chip, so the best that it can do is to look for one. */
const complaint = (tool: string, words: string[]) =>
  run(tool, words).then(
    () => '',
    ({ stderr }: { stderr: string }) => stderr,
  );

test('the installed tools take our words, and miss only the chip', async () => {
  const major = majorOf((await run('gpioset', ['--version'])).stdout);
  if (major === undefined) throw new Error('neither libgpiod 1 nor 2');
  const calls = [
    ['gpioset', pulseWords(major, NO_CHIP, LINE, 0.5)],
    ['gpioset', holdWords(major, NO_CHIP, LINE, true)],
    ['gpioget', readWords(major, NO_CHIP, LINE)],
  ] as const;
  for (const [tool, words] of calls) {
    expect(await complaint(tool, words)).toMatch(
      /No such file or directory|cannot find.*chip|cannot find line/,
    );
  }
  expect(await complaint('gpioset', ['--no-such-option', NO_CHIP])).toMatch(/option/);
});
