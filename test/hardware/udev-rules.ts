import type { Profile } from '../../src/modem/profile.ts';

const HEAD = `# Names for the ports of modems at USB: /dev/modem-at for AT commands, /dev/modem-ppp for data calls. Goes to /etc/udev/rules.d.
# Made from "ports" in hardware/modems; after a change there: npx vitest run --project unit test/hardware/udev.test.ts -u
# With two modems of the kinds below the names lead to the one that came last: then give paths in the configuration.

ACTION=="remove", GOTO="ringpost_end"
SUBSYSTEM!="usb|usbmisc|net|tty|wwan", GOTO="ringpost_end"
`;

const FOOT = `
# The number of the interface; 60-serial.rules comes later.
SUBSYSTEM=="tty", SUBSYSTEMS=="usb", IMPORT{builtin}="usb_id"
`;

/** The text of `hardware/udev/60-ringpost.rules` for these profiles: ModemManager off, then a name for each port. */
export function udevRules(profiles: readonly Profile[]): string {
  const ports = profiles.flatMap(({ name, ports }) =>
    ports.flatMap(({ usb, at, data }) => usb.map((id) => ({ name, id, at, data }))),
  );
  const ignored = [...new Set(ports.map(({ id }) => id))]
    .sort()
    .flatMap((id) => [
      `# ${[...new Set(ports.filter((port) => port.id === id).map(({ name }) => name))].join(', ')}`,
      `${usb(id, 'ATTRS')}, ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1"`,
    ]);
  const named = ports.flatMap(({ id, at, data }) => [
    portRule(id, at, 'modem-at'),
    ...(data === null ? [] : [portRule(id, data, 'modem-ppp')]),
  ]);
  const lines = [
    '# ModemManager would take the ports: they are kept from it, the whole device and each port.',
    ...ignored,
  ];
  return `${HEAD}\n${lines.join('\n')}\n${FOOT}${[...new Set(named)].sort().join('\n')}\n\nLABEL="ringpost_end"\n`;
}

function portRule(id: string, number: number, link: string): string {
  const match = `SUBSYSTEM=="tty", ${usb(id, 'ENV')}, ENV{ID_USB_INTERFACE_NUM}=="${hex(number)}"`;
  return `${match}, SYMLINK+="${link}", GROUP="dialout", MODE="0660", TAG+="systemd"`;
}

function usb(id: string, how: 'ATTRS' | 'ENV'): string {
  const [vendor, product] = id.split(':');
  return how === 'ATTRS'
    ? `ATTRS{idVendor}=="${vendor}", ATTRS{idProduct}=="${product}"`
    : `ENV{ID_VENDOR_ID}=="${vendor}", ENV{ID_MODEL_ID}=="${product}"`;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}
