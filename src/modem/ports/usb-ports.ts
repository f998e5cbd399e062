import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A tty that a USB device offers, as sysfs shows it. */
export interface UsbPort {
  /** `/dev/ttyUSB2`. */
  readonly path: string;
  /** `1e0e:9001`: idVendor and idProduct. */
  readonly id: string;
  /** bInterfaceNumber. */
  readonly interface: number;
  /** Which device, where two of a kind are plugged in: `1-1.2`, a path of USB ports. */
  readonly device: string;
}

/** The ttys that usb-serial (ttyUSB) and cdc_acm (ttyACM) make. */
const USB_TTY = /^tty(?:USB|ACM)\d+$/;

/**
 * The USB ttys of this machine, in the order of their numbers; `root` is `/` but in tests. A tty leads to its interface,
 * `/sys/class/tty/ttyUSB2/device` -> `…/1-1.2/1-1.2:1.2/ttyUSB2`, ttyACM to the interface itself, and that to its device.
 */
export async function listUsbPorts(root = '/'): Promise<UsbPort[]> {
  const names = await readdir(join(root, 'sys/class/tty')).catch(() => []);
  const sorted = names.filter((name) => USB_TTY.test(name)).sort(byNumber);
  const ports = await Promise.all(sorted.map((name) => readPort(root, name)));
  return ports.filter((port) => port !== undefined);
}

async function readPort(root: string, name: string): Promise<UsbPort | undefined> {
  const start = await realpath(join(root, 'sys/class/tty', name, 'device')).catch(() => undefined);
  const interface_ = start && (await upTo(start, 'bInterfaceNumber'));
  const device = interface_ && (await upTo(dirname(interface_.directory), 'idVendor'));
  const product = device && (await attribute(device.directory, 'idProduct'));
  if (!product) return undefined;
  return {
    path: `/dev/${name}`,
    id: `${device.value}:${product}`,
    interface: Number.parseInt(interface_.value, 16),
    device: device.directory.split('/').at(-1) ?? '',
  };
}

/** How far an interface is from its tty, and a device from its interface. */
const LONGEST_WAY = 4;

/** The first directory from here upwards that has this attribute. */
async function upTo(start: string, name: string): Promise<{ directory: string; value: string } | undefined> {
  let directory = start;
  for (let step = 0; step < LONGEST_WAY; step += 1) {
    const value = await attribute(directory, name);
    if (value !== undefined) return { directory, value };
    directory = dirname(directory);
  }
  return undefined;
}

async function attribute(directory: string, name: string): Promise<string | undefined> {
  const text = await readFile(join(directory, name), 'utf8').catch(() => undefined);
  return text?.trim().toLowerCase();
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
