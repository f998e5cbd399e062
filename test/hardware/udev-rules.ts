import type { Profile } from '../../src/modem/profile.ts';

type Ports = Profile['ports'][number];

const HEAD = `# Names for the ports of USB modems, and hands off for ModemManager. Installed as /etc/udev/rules.d/60-ringpost.rules.
# Made from hardware/modems/*.json; after a change there: npx vitest run --project unit test/hardware/udev.test.ts -u

ACTION=="remove", GOTO="ringpost_end"

# As Raspberry Pi OS has it: the power key of a HAT needs no root.
SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"

# ATTRS of one rule must all be of one parent, and the ids are the device's, the number its interface's: so two steps.
# A leading dot keeps the property out of udev's database.
`;

const TAIL = `
ENV{.RINGPOST_USB}!="?*", GOTO="ringpost_end"
# ModemManager passes over the whole device, its network port as well, and a tty of its own accord in every filter mode.
ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1"
SUBSYSTEM!="tty", GOTO="ringpost_end"
GROUP="dialout", MODE="0660"
`;

/** The udev rules for all that the profiles know of USB: what `hardware/udev/60-ringpost.rules` must be. */
export function udevRules(profiles: readonly Profile[]): string {
  const ids = [...new Set(profiles.flatMap(({ ports }) => ports.flatMap(({ usb }) => usb)))].sort();
  const marks = ids.map(markOf);
  const links = ids.flatMap((id) => linksOf(id, profiles));
  return `${HEAD}${marks.join('\n')}\n${TAIL}\n${links.join('\n')}\n\nLABEL="ringpost_end"\n`;
}

function markOf(id: string): string {
  const [vendor, product] = id.split(':');
  return `ATTRS{idVendor}=="${vendor}", ATTRS{idProduct}=="${product}", ENV{.RINGPOST_USB}="${id}"`;
}

/** Families that share an id and mean different ports get no link: one of them would be wrong. */
function linksOf(id: string, profiles: readonly Profile[]): string[] {
  const meant = profiles.flatMap(({ name, ports }) =>
    ports.filter(({ usb }) => usb.includes(id)).map((port) => ({ name, port })),
  );
  const names = `# ${id}: ${[...new Set(meant.map(({ name }) => name))].join(', ')}`;
  const ways = [...new Set(meant.map(({ port }) => rulesOf(id, port).join('\n')))];
  return ways.length === 1 ? [names, ...ways] : [`${names}, which differ: no link`];
}

function rulesOf(id: string, { at, data }: Ports): string[] {
  const link = (interface_: number, name: string) =>
    `ENV{.RINGPOST_USB}=="${id}", ATTRS{bInterfaceNumber}=="${hex(interface_)}", SYMLINK+="${name}"`;
  return data === null ? [link(at, 'modem-at')] : [link(at, 'modem-at'), link(data, 'modem-ppp')];
}

/** As sysfs prints it: two digits. */
function hex(interface_: number): string {
  return interface_.toString(16).padStart(2, '0');
}
