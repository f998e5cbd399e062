import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openDocument } from '../../src/base/document.ts';
import { nodeFiles } from '../../src/base/files.ts';
import { temporaryDirectory } from '../support/room.ts';

const schema = z.object({ counter: z.number() });
const initial = { counter: 0 };

test('a document keeps what an update resolved', async () => {
  const path = join(await temporaryDirectory(), 'deep', 'state.json');
  const document = await openDocument({ path, schema, initial });
  expect(document.existed).toBe(false);
  await Promise.all([
    document.update((d) => {
      d.counter += 1;
    }),
    document.update((d) => {
      d.counter += 1;
    }),
  ]);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ counter: 2 });
  expect((await openDocument({ path, schema, initial })).data).toEqual({ counter: 2 });
});

test('one that makes its directory when it is written is read without leaving a trace', async () => {
  const room = await temporaryDirectory();
  const path = join(room, 'deep', 'state.json');
  const document = await openDocument({ path, schema, initial, makes: 'when written' });
  expect(document.data).toEqual(initial);
  expect(await readdir(room)).toEqual([]);
  await document.update((d) => {
    d.counter = 7;
  });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ counter: 7 });
});

test('a broken document is refused, not replaced', async () => {
  const path = join(await temporaryDirectory(), 'state.json');
  await writeFile(path, '{"counter": "many"}');
  await expect(openDocument({ path, schema, initial })).rejects.toMatchObject({ code: 'broken-document' });
  expect(await readFile(path, 'utf8')).toContain('many');
});

test('a failed write leaves the data as it was', async () => {
  const path = join(await temporaryDirectory(), 'state.json');
  const full = {
    ...nodeFiles,
    create: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  };
  const document = await openDocument({ path, schema, initial, files: full });
  await expect(
    document.update((d) => {
      d.counter = 5;
    }),
  ).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(document.data.counter).toBe(0);
});
