import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { unobserved } from '../../../src/base/steps.ts';
import { MemoryPort } from '../../../src/cli/demo/memory-port.ts';
import { examine } from '../../../src/device/doctor/examine.ts';
import type { Patient } from '../../../src/device/doctor/room.ts';
import type { Finding } from '../../../src/device/doctor/stage.ts';
import { openSocketsLink } from '../../../src/link/sockets-link.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { openModem } from '../../../src/modem/open-modem.ts';
import { loadProfile } from '../../../src/modem/profile.ts';
import type { SerialLine } from '../../../src/modem/serial-line.ts';
import { volatilePinMemory } from '../../../src/modem/sim.ts';
import { INSTANT_CONDITIONS } from '../../../src/simulator/network/conditions.ts';
import { CellularNetwork } from '../../../src/simulator/network.ts';
import {
  type SimulatedModem,
  type SimulatedModemOptions,
  simulateModem,
} from '../../../src/simulator/simulated-modem/modem.ts';
import { temporaryDirectory } from '../../support/room.ts';

export const NUMBER = '+4915110000001';
export const PORT = '/dev/serial0';

/** What `/dev`, `/proc` and `/sys` look like: a path and its text, or where a link leads. */
export type Tree = Readonly<Record<string, string | { readonly link: string }>>;

/** A Pi whose UART nobody else uses. `/dev/null` stands in for the device: any user may open it. */
export const GOOD_PI: Tree = {
  'dev/serial0': { link: 'ttyAMA0' },
  'dev/ttyAMA0': { link: '/dev/null' },
  'proc/cmdline': 'console=tty1 root=PARTUUID=1 rootwait\n',
  'proc/1/comm': 'systemd\n',
};

export async function plant(tree: Tree): Promise<string> {
  const root = await temporaryDirectory();
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    if (typeof content === 'string') await writeFile(join(root, path), content);
    else await symlink(content.link, join(root, path));
  }
  return root;
}

export interface Surgery {
  readonly clock: SimulatedClock;
  readonly network: CellularNetwork;
  readonly modem: SimulatedModem;
  patient: Patient;
}

/** A handheld on simulated time: everything but servers. `sick` makes it ill before the doctor looks. */
export async function surgery(
  options: Partial<SimulatedModemOptions> & { tree?: Tree } = {},
): Promise<Surgery> {
  const clock = new SimulatedClock();
  const network = new CellularNetwork({ clock, conditions: INSTANT_CONDITIONS });
  onTestFinished(() => network[Symbol.asyncDispose]());
  const port = new MemoryPort(PORT);
  const modem = simulateModem({
    baudRate: Number.POSITIVE_INFINITY,
    commandLatencyMs: 0,
    ...options,
    port,
    network,
    clock,
    number: NUMBER,
  });
  onTestFinished(() => modem[Symbol.asyncDispose]());
  return {
    clock,
    network,
    modem,
    patient: await patientOf(clock, () => port.open(), await plant(options.tree ?? GOOD_PI)),
  };
}

const noServer = () => Promise.reject(new Error('this room has no servers'));

async function patientOf(clock: Clock, open: () => SerialLine, root: string): Promise<Patient> {
  const openChannel = (line: SerialLine) => openAtChannel({ line, clock, log: silentLog });
  const nowhere = { host: 'server.example', port: 1 };
  return {
    root,
    port: PORT,
    openLine: async () => open(),
    openChannel,
    profile: await loadProfile('sim7600'),
    pin: undefined,
    pinMemory: volatilePinMemory(),
    openRadio: async (signal) => {
      const channel = openChannel(open());
      const modem = await openModem({ channel, clock, log: silentLog, observe: unobserved }, signal);
      return {
        modem,
        openLink: (over) => openSocketsLink({ channel, clock, log: silentLog, dialect: 'sim7600' }, over),
        [Symbol.asyncDispose]: async () => {
          await modem[Symbol.asyncDispose]();
          await channel[Symbol.asyncDispose]();
        },
      };
    },
    messageServer: nowhere,
    mailServer: nowhere,
    connectBus: noServer,
    openMail: noServer,
    mailboxes: ['INBOX'],
    ownNumber: NUMBER,
    registrationMs: 5000,
    clock,
    log: silentLog,
  };
}

/** Lets the doctor look while time passes. */
export async function findingsOf({ patient, clock }: Surgery): Promise<readonly Finding[]> {
  let over = false;
  const looking = examine(patient, () => {}, new AbortController().signal).finally(() => {
    over = true;
  });
  for (let left = 20_000; !over && left > 0; left -= 1) {
    await clock.advance(100);
    // The disk keeps real time: it must not be too slow for the simulated deadlines.
    await delay(1);
  }
  return await looking;
}
