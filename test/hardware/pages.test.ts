import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadBoards } from '../../src/modem/board.ts';

const HARDWARE = join(import.meta.dirname, '../../hardware');

/** Pins of the 40-pin header by BCM number: those that boards use for power, and the UART. */
const PINS: Readonly<Record<number, number>> = {
  ...{ 4: 7, 5: 29, 6: 31, 14: 8, 15: 10, 17: 11, 18: 12, 22: 15, 23: 16, 24: 18, 25: 22, 26: 37, 27: 13 },
};

const pages = (await readdir(HARDWARE, { recursive: true })).filter((file) => file.endsWith('.md'));
const boards = await loadBoards();

/** Headings as GitHub makes anchors of them. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe.each(boards)('$name', ({ name, modems, power }) => {
  const page = () => readFile(join(HARDWARE, 'boards', `${name}.md`), 'utf8');

  test('has a page that says how it is configured and what drives it', async () => {
    const text = await page();
    expect(text).toContain(`board = "${name}"`);
    expect(text).toContain('ringpost doctor');
    expect(text).toContain('](../boot.md');
    for (const modem of modems) expect(text).toContain(`\`${modem}\``);
  });

  test('its page names each line that the board switches, with the pin', async () => {
    const text = await page();
    const { key, enable, reset, status } = power ?? {};
    for (const task of [key, enable, reset, status]) {
      if (task) expect(text).toMatch(new RegExp(`pin ${PINS[task.line]} \\(GPIO${task.line}\\)`));
    }
  });

  test('is in the table of README.md', async () => {
    expect(await readFile(join(HARDWARE, 'README.md'), 'utf8')).toContain(`](boards/${name}.md)`);
  });
});

test('there is no page without a board', () => {
  const described = pages.filter((page) => page.startsWith('boards/'));
  expect(described.sort()).toEqual(boards.map(({ name }) => `boards/${name}.md`).sort());
});

test.each(pages)('the links in %s lead to files and headings', async (page) => {
  const text = await readFile(join(HARDWARE, page), 'utf8');
  for (const [, target = ''] of text.matchAll(/\]\(((?!https?:)[^)\s]+)\)/g)) {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? join(HARDWARE, page) : join(HARDWARE, dirname(page), path);
    await expect(access(file), `${target} in ${page}`).resolves.toBeUndefined();
    if (anchor) expect(anchorsOf(await readFile(file, 'utf8')), target).toContain(anchor);
  }
});
