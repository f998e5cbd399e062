import { access, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceTree } from '../device-tree.ts';
import { ModemError } from '../errors.ts';
import { loadProfile, loadProfiles, type Profile } from '../profile.ts';
import { listUsbPorts, type UsbPort } from './usb-ports.ts';

/** The ports of a modem that was found without being told where it is. */
export interface FoundPorts {
  readonly port: string;
  /** Second tty, for data calls; undefined: it has one for everything. */
  readonly dataPort: string | undefined;
  /** In words, for log and doctor: `USB 1e0e:9001, interface 2 (sim7600)`. */
  readonly how: string;
}

export interface FindOptions {
  /** Where `/sys`, `/proc` and `/dev` are looked for; default `/`. */
  readonly root?: string | undefined;
  /** Only ports of this profile; default: of every one. */
  readonly profile?: string | undefined;
}

/**
 * Finds the ports of the modem: the USB ids and interface numbers that the profiles know, else the UART of the header of
 * a Raspberry Pi. Rejects with ModemError `no-modem-port` (temporary: a USB modem may still come) or `many-modem-ports`.
 */
export async function findPorts({ root = '/', profile }: FindOptions = {}): Promise<FoundPorts> {
  const profiles = profile === undefined ? await loadProfiles() : [await loadProfile(profile)];
  const usb = await listUsbPorts(root);
  const found = distinct(usb.flatMap((port) => asAtPort(port, profiles, usb)));
  if (found.length > 1) throw tooMany(found);
  const [first] = found;
  if (first) return first;
  const uart = await headerUart(root);
  if (uart.found) return uart.found;
  throw noPort(usb, uart.why);
}

/** Whether this tty, or what it links to, is one of a modem's own USB ports, and no cable that leads to a UART. */
export async function isModemUsb(name: string, root = '/'): Promise<boolean> {
  const path = await realpath(name).catch(() => name);
  const ids = (await loadProfiles()).flatMap(({ ports }) => ports.flatMap(({ usb }) => usb));
  return (await listUsbPorts(root)).some((port) => port.path === path && ids.includes(port.id));
}

interface AtPort extends Omit<FoundPorts, 'how'> {
  readonly usb: UsbPort;
  readonly family: string;
}

/** What this tty is to the families: the AT port of some, or of none. */
function asAtPort(port: UsbPort, profiles: readonly Profile[], usb: readonly UsbPort[]): AtPort[] {
  const { id, interface: number, device } = port;
  return profiles.flatMap(({ name, ports }) =>
    ports
      .filter(({ usb: ids, at }) => ids.includes(id) && at === number)
      .map(({ data }) => ({
        port: port.path,
        dataPort: usb.find((other) => other.device === device && other.interface === data)?.path,
        usb: port,
        family: name,
      })),
  );
}

/** Families of one vendor share ids; that is no doubt as long as they mean the same ports. */
function distinct(found: readonly AtPort[]): FoundPorts[] {
  const samePlace = (one: AtPort, other: AtPort) =>
    one.port === other.port && one.dataPort === other.dataPort;
  const firsts = found.filter((one, at) => found.findIndex((other) => samePlace(one, other)) === at);
  return firsts.map((first) => {
    const { port, dataPort, usb } = first;
    const families = found.filter((other) => samePlace(first, other)).map(({ family }) => family);
    return {
      port,
      dataPort,
      how: `USB ${usb.id}, interface ${usb.interface} (${families.join(', ')})`,
    };
  });
}

type Uart = { readonly found: FoundPorts } | { readonly found?: undefined; readonly why: string };

/** On a Pi 5 and its kin `/dev/serial0` is the debug connector; the UART of the header is ttyAMA0 (dtoverlay=uart0-pi5). */
async function headerUart(root: string): Promise<Uart> {
  const model = await deviceTree(root, 'model');
  if (!/^Raspberry Pi/.test(model)) {
    return { why: `${model || 'this machine'} has no header UART that is known here` };
  }
  const five = /^Raspberry Pi (?:5|500|Compute Module 5)\b/.test(model);
  const port = five ? '/dev/ttyAMA0' : '/dev/serial0';
  const there = await access(join(root, port)).then(
    () => true,
    () => false,
  );
  if (there) return { found: { port, dataPort: undefined, how: `the UART of the header (${model})` } };
  const mend = five ? 'dtoverlay=uart0-pi5' : 'enable_uart=1';
  return {
    why: `${port}, the UART of the header (${model}), is not there: ${mend} in config.txt enables it`,
  };
}

const MEND = 'set [modem] port = "/dev/..." to the one that speaks AT';

function noPort(usb: readonly UsbPort[], uart: string): ModemError {
  const seen = usb.map(({ path, id, interface: number }) => `${path} (${id}, interface ${number})`);
  const message = `no modem port was found: ${uart}; USB ttys: ${seen.join(', ') || 'none'}; ${MEND}`;
  return new ModemError(message, { code: 'no-modem-port', temporary: true, fields: { usb: seen } });
}

/** Two modems have two SIMs: a PIN that is tried on the wrong one locks it. */
function tooMany(found: readonly FoundPorts[]): ModemError {
  const seen = found.map(({ port, how }) => `${port} (${how})`);
  const message = `more than one modem port was found: ${seen.join(', ')}; ${MEND}, or [modem] profile`;
  return new ModemError(message, { code: 'many-modem-ports', fields: { found: seen } });
}
