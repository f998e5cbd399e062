import type { Case, Setup } from './cases.ts';
import { GOOD_PI } from './surgery.ts';

const held = (comm: string): Setup => ({
  tree: { ...GOOD_PI, 'proc/77/comm': `${comm}\n`, 'proc/77/fd/5': { link: '/dev/ttyAMA0' } },
});

const { 'dev/serial0': _, ...NO_PORT } = GOOD_PI;

/** What can be wrong on the Pi's side of the port. */
export const PI_CASES: readonly Case[] = [
  {
    fault: 'no port',
    stage: 'port',
    code: 'no-port',
    mend: /install\.sh.*enable_uart=1/,
    setup: { tree: NO_PORT },
  },
  {
    fault: 'a file for a port',
    stage: 'port',
    code: 'no-device',
    mend: /name a device/,
    setup: { tree: { 'dev/serial0': 'text' } },
  },
  {
    fault: 'ModemManager',
    stage: 'holder',
    code: 'held-by-modemmanager',
    mend: /install\.sh.*udev\/60-ringpost/,
    setup: held('ModemManager'),
  },
  {
    fault: 'a login shell',
    stage: 'holder',
    code: 'held-by-console',
    mend: /install\.sh.*raspi-config/,
    setup: held('agetty'),
  },
  {
    fault: 'the agent itself',
    stage: 'holder',
    code: 'held-by-agent',
    mend: /systemctl stop/,
    setup: held('node'),
  },
  { fault: 'pppd', stage: 'holder', code: 'held-by-pppd', mend: /poff/, setup: held('pppd') },
  { fault: 'gpsd', stage: 'holder', code: 'held-by-gpsd', mend: /gpsd/, setup: held('gpsd') },
  { fault: 'another program', stage: 'holder', code: 'port-held', mend: /kill 77/, setup: held('minicom') },
  {
    fault: 'the kernel console',
    stage: 'uart',
    code: 'console-on-uart',
    mend: /install\.sh.*cmdline.txt/,
    setup: { tree: { ...GOOD_PI, 'proc/cmdline': 'console=serial0,115200 console=tty1\n' } },
  },
  {
    fault: 'Bluetooth',
    stage: 'uart',
    code: 'bluetooth-on-uart',
    mend: /install\.sh.*disable-bt/,
    setup: {
      tree: {
        ...GOOD_PI,
        'sys/class/bluetooth/hci0': { link: '../../devices/platform/soc/fe201000.serial/tty/ttyAMA0/hci0' },
      },
    },
  },
];
