import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the guest needs to reach the machine's files: its virtual PCI bus, the 9P protocol on it, and layers of file systems. */
const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

export interface Kernel {
  /** As `uname -r` tells it. */
  readonly release: string;
  readonly image: string;
}

/** The newest kernel of Debian's that is installed with its modules. */
export async function newestKernel(): Promise<Kernel> {
  const found = (await readdir('/boot').catch(() => []))
    .filter((name) => /^vmlinuz-.*-(?:amd64|arm64)$/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0];
  if (!found) throw new Error('no kernel in /boot: apt-get install linux-image-amd64');
  return { release: found.slice('vmlinuz-'.length), image: join('/boot', found) };
}

/** Writes an initial RAM disk with busybox, the modules and `first.sh`; gives its path. */
export async function makeInitrd(room: string, { release }: Kernel): Promise<string> {
  const root = join(room, 'initrd');
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'modules'));
  await cp('/bin/busybox', join(root, 'bin', 'busybox'));
  await cp(new URL('first.sh', import.meta.url), join(root, 'init'));
  await chmod(join(root, 'init'), 0o755);
  // Their names begin with their place, for they depend on each other.
  for (const [place, file] of [...(await modulesOf(release))].entries())
    await cp(file, join(root, 'modules', `${String(place).padStart(2, '0')}-${basename(file)}`));
  const disk = join(room, 'initrd.gz');
  await run('/bin/sh', ['-c', 'find . | cpio -o -H newc --quiet | gzip -1 >"$0"', disk], { cwd: root });
  return disk;
}

async function modulesOf(release: string): Promise<Set<string>> {
  const files = new Set<string>();
  for (const module of MODULES) {
    const { stdout } = await run('modprobe', ['-S', release, '-D', module]);
    for (const [, file] of stdout.matchAll(/^insmod (\S+)/gm)) files.add(file as string);
  }
  return files;
}
