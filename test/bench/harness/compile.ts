import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Scratch } from './scratch.ts';

const HARNESS = fileURLToPath(new URL('.', import.meta.url));
/** Inside of `node_modules`, so that compiled modules find theirs. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url));
const COMPILER = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

/**
 * The scripts of `harness/tsconfig.json` as JavaScript, as `npm run build` makes it: tsx adds some 30 MB to a process,
 * and the product runs without it. `path` is the folder of the scripts; disposing removes all of it.
 */
export async function compileScripts(signal: AbortSignal): Promise<Scratch> {
  await mkdir(CACHE, { recursive: true });
  const root = await mkdtemp(join(CACHE, 'ringpost-bench-'));
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    await writeFile(join(root, 'package.json'), '{ "type": "module" }\n');
    const args = ['-p', join(HARNESS, 'tsconfig.json'), '--outDir', root];
    await promisify(execFile)(COMPILER, args, { signal });
    return { path: join(root, 'test', 'bench', 'harness'), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
