import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { modem } from '../../src/cli/config/parts.ts';
import { type Board, loadBoards } from '../../src/modem/board.ts';

const HARDWARE = join(import.meta.dirname, '../../hardware');
const boards = await loadBoards();
const page = (name: string) => readFile(join(HARDWARE, 'boards', `${name}.md`), 'utf8');

/** BCM number of a line to its pin of the header; Raspberry Pi documentation, GPIO. */
const PIN = new Map(
  Object.entries({ 4: 7, 6: 31, 14: 8, 15: 10, 17: 11, 23: 16, 24: 18, 26: 37 }).map(([line, pin]) => [
    Number(line),
    pin,
  ]),
);

test('each board has a page, and each page a board', async () => {
  const index = await readFile(join(HARDWARE, 'README.md'), 'utf8');
  for (const { name } of boards) expect(index).toContain(`(boards/${name}.md)`);
  const pages = (await readdir(join(HARDWARE, 'boards'))).filter((file) => file.endsWith('.md'));
  expect(pages.sort()).toEqual(boards.map(({ name }) => `${name}.md`));
});

test.each(boards)('the page of $name tells its profile and the lines of its file', async (board) => {
  const text = await page(board.name);
  expect(text).toContain(`Profile \`${board.modems[0]}\``);
  for (const line of linesOf(board)) expect(text).toContain(`GPIO${line}`);
  for (const [, pin, line] of text.matchAll(/^ pin +(\d+) +GPIO(\d+)/gm)) {
    expect(PIN.get(Number(line)), `GPIO${line}`).toBe(Number(pin));
  }
});

test.each(boards)('the lines for device.toml of $name can be used', async (board) => {
  const text = await page(board.name);
  const toml = /```toml\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  const settings = modem.parse(parse(toml).modem);
  expect(settings.board).toBe(board.power ? board.name : undefined);
  expect(settings.port).toBe(board.port === 'uart' ? '/dev/serial0' : '/dev/modem-at');
});

test('links between the pages lead somewhere', async () => {
  const files = ['README.md', 'boot.md', ...boards.map(({ name }) => `boards/${name}.md`)];
  for (const file of files) {
    const text = await readFile(join(HARDWARE, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      await expect(
        access(join(HARDWARE, dirname(file), target)),
        `${file}: ${target}`,
      ).resolves.not.toThrow();
    }
  }
});

function linesOf({ power }: Board): number[] {
  if (!power) return [];
  const { key, enable, reset, status } = power;
  return [key, enable, reset, status].flatMap((part) => (part ? [part.line] : []));
}
