import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Ailment, type Stage } from '../stage.ts';
import { namesOf } from './port.ts';

/** Does the kernel's console or Bluetooth use the same UART? */
export const uart: Stage = {
  name: 'uart',
  title: 'console and Bluetooth on the UART',
  needs: ['port'],
  mend: 'keep console and Bluetooth off the UART: sudo raspi-config, Interface Options, Serial Port',
  async check({ patient }) {
    const { root } = patient;
    const devices = (await namesOf(patient)).map((name) => basename(name));
    const used = (by: readonly string[]) => devices.find((device) => by.includes(device));
    const console = used(await consoles(root));
    if (console) {
      throw new Ailment(
        'console-on-uart',
        `the kernel writes its console to ${console}`,
        `sudo hardware/install.sh --device --uart, or take console=${console} (or serial0) out of /boot/firmware/cmdline.txt; then reboot`,
      );
    }
    const bluetooth = used(await bluetoothPorts(root));
    if (bluetooth) {
      throw new Ailment(
        'bluetooth-on-uart',
        `Bluetooth uses ${bluetooth}`,
        'sudo hardware/install.sh --device --uart, or dtoverlay=disable-bt in /boot/firmware/config.txt; sudo systemctl disable hciuart; then reboot',
      );
    }
    return `neither uses ${patient.port}`;
  },
};

/** Names of the console's devices, `serial0` resolved. */
async function consoles(root: string): Promise<string[]> {
  const line = await readFile(join(root, 'proc/cmdline'), 'utf8').catch(() => '');
  const named = [...line.matchAll(/console=(tty\w+|serial\d)/g)].map(([, name]) => name ?? '');
  return Promise.all(
    named.map(async (name) =>
      name.startsWith('serial') ? basename(await readlink(join(root, 'dev', name)).catch(() => name)) : name,
    ),
  );
}

/** Terminals under Bluetooth adapters: `/sys/class/bluetooth/hci0` leads through `…/tty/ttyAMA0/…` or `…/ttyAMA0/hci0`. */
async function bluetoothPorts(root: string): Promise<string[]> {
  const directory = join(root, 'sys/class/bluetooth');
  const adapters = await readdir(directory).catch(() => []);
  const paths = await Promise.all(adapters.map((name) => readlink(join(directory, name)).catch(() => '')));
  return paths.flatMap((path) => path.split('/').filter((part) => /^tty[A-Z]+\d+$/.test(part)));
}
