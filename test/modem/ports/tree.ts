import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../../support/room.ts';

const CONTROLLER = 'sys/devices/platform/scb/fd500000.pcie/pci0000:00/usb1';

/** One USB device: its ids, and which interface carries which tty. */
export interface MadeDevice {
  readonly at: string;
  readonly id: string;
  readonly ttys: Readonly<Record<string, number>>;
}

/** A root directory with USB ttys in sysfs as the kernel lays them out, and what else is wanted in it. */
export async function madeRoot(
  devices: readonly MadeDevice[],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'sys/class/tty/tty0'), { recursive: true });
  for (const device of devices) await plug(root, device);
  for (const [path, text] of Object.entries(files)) await write(join(root, path), text);
  return root;
}

async function plug(root: string, { at, id, ttys }: MadeDevice): Promise<void> {
  const [vendor, product] = id.split(':');
  const device = `${CONTROLLER}/${at}`;
  await write(join(root, device, 'idVendor'), `${vendor}\n`);
  await write(join(root, device, 'idProduct'), `${product}\n`);
  for (const [tty, number] of Object.entries(ttys)) {
    const port = `${device}/${at}:1.${number}`;
    await write(join(root, port, 'bInterfaceNumber'), `${number.toString(16).padStart(2, '0')}\n`);
    // usb-serial puts a directory of its own between the interface and the tty; cdc_acm does not.
    const parent = tty.startsWith('ttyUSB') ? `${port}/${tty}` : port;
    await mkdir(join(root, parent), { recursive: true });
    const link = join(root, 'sys/class/tty', tty);
    await mkdir(link, { recursive: true });
    await symlink(join(root, parent), join(link, 'device'));
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
