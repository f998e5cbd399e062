import { access, constants, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf } from '../../../base/errors.ts';
import type { Patient, Room } from '../room.ts';
import { Ailment, type Stage } from '../stage.ts';

const LONGEST_CHAIN = 10;

/** Is the port there, and may we use it? */
export const port: Stage = {
  name: 'port',
  title: 'the serial port',
  needs: [],
  mend: 'look at [modem] port in device.toml: /dev/serial0 for a HAT, /dev/ttyUSB2 or the like for USB',
  async check({ patient }) {
    if (patient.portFound instanceof Error) throw notFound(patient.portFound);
    const path = onDisk(patient);
    const found = await stat(path).catch((error: unknown) => {
      throw missing(patient, error);
    });
    if (!found.isCharacterDevice()) {
      throw new Ailment(
        'no-device',
        `${patient.port} is no serial port`,
        'name a device such as /dev/serial0 or /dev/ttyUSB2 as [modem] port',
      );
    }
    await access(path, constants.R_OK | constants.W_OK).catch((error: unknown) => {
      throw new Ailment(
        'no-permission',
        `${patient.port}: no permission`,
        'sudo adduser $USER dialout, then log in again',
        error,
      );
    });
    const last = (await namesOf(patient)).at(-1);
    const there = last === patient.port ? `${patient.port} is there` : `${patient.port} is there, as ${last}`;
    return patient.portFound === undefined ? there : `${there}; found by ${patient.portFound}`;
  },
};

/** Does another program hold it? */
export const holder: Stage = {
  name: 'holder',
  title: 'who holds the port',
  needs: ['port'],
  mend: 'end the program that holds the port: sudo fuser -v PORT',
  async check({ patient }: Room) {
    const holders = await whoHas(patient.root, await namesOf(patient));
    const [first] = holders;
    if (!first) return 'nobody else';
    const { mend, code } = KNOWN.find(({ name }) => name.test(first.name)) ?? {
      code: 'port-held',
      mend: `end it: sudo kill ${first.pid}`,
    };
    throw new Ailment(code, `${patient.port} is held by ${first.name} (process ${first.pid})`, mend);
  },
};

const KNOWN = [
  {
    name: /^ModemManager/,
    code: 'held-by-modemmanager',
    mend: 'sudo hardware/install.sh --device installs the udev rule that keeps it off (hardware/udev/60-ringpost.rules: the USB id must be in it); then: sudo systemctl restart ModemManager',
  },
  {
    name: /^a?getty/,
    code: 'held-by-console',
    mend: 'sudo hardware/install.sh --device --uart, or raspi-config: Interface Options, Serial Port: no login shell, hardware enabled; then reboot',
  },
  {
    name: /^(ringpost|node)$/,
    code: 'held-by-agent',
    mend: 'stop the agent while the doctor looks: sudo systemctl stop ringpost-device',
  },
  { name: /^pppd/, code: 'held-by-pppd', mend: 'end the other data session: sudo poff -a' },
  { name: /^gpsd/, code: 'held-by-gpsd', mend: 'sudo systemctl disable --now gpsd.socket gpsd' },
] as const;

/** The port's path below the root that is looked at. */
function onDisk({ root, port: path }: Patient): string {
  return join(root, path);
}

/** The port and what its links lead to: `/dev/serial0`, `/dev/ttyAMA0`. */
export async function namesOf({ root, port: path }: Patient): Promise<string[]> {
  const names = [path];
  for (;;) {
    const last = names.at(-1) ?? path;
    const next = await readlink(join(root, last)).catch(() => undefined);
    if (next === undefined || names.length > LONGEST_CHAIN) return names;
    names.push(resolve(dirname(last), next));
  }
}

/** `[modem] port = "auto"` came to nothing. */
function notFound(error: Error): Ailment {
  const several = codeOf(error) === 'many-modem-ports';
  const mend = several
    ? 'name one of them as [modem] port in device.toml'
    : 'is the modem on and its cable in? Else name its port as [modem] port in device.toml';
  return new Ailment(several ? 'many-ports' : 'no-port', error.message, mend, error);
}

function missing(patient: Patient, error: unknown): Ailment {
  const usb = /tty(USB|ACM)|modem/.test(patient.port);
  const mend = usb
    ? 'is the modem on and its USB cable in? See: lsusb; dmesg | tail; names such as /dev/modem-at come with sudo hardware/install.sh --device'
    : 'enable the UART: sudo hardware/install.sh --device --uart, or enable_uart=1 (Pi 5: dtoverlay=uart0-pi5) in /boot/firmware/config.txt; then reboot';
  return new Ailment('no-port', `${patient.port} is not there (${codeOf(error) ?? 'unknown'})`, mend, error);
}

interface Holder {
  readonly pid: number;
  readonly name: string;
}

/** Programs that have this device open, as far as we may see: other users' need root. */
async function whoHas(root: string, names: readonly string[]): Promise<Holder[]> {
  const proc = join(root, 'proc');
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: Holder[] = [];
  for (const pid of pids) {
    if (Number(pid) === process.pid || !(await hasOpen(join(proc, pid, 'fd'), names))) continue;
    const name = await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => 'unknown');
    found.push({ pid: Number(pid), name: name.trim() });
  }
  return found;
}

async function hasOpen(directory: string, names: readonly string[]): Promise<boolean> {
  for (const descriptor of await readdir(directory).catch(() => [])) {
    if (names.includes(await readlink(join(directory, descriptor)).catch(() => ''))) return true;
  }
  return false;
}
