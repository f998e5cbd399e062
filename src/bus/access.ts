/** Who is connected. A device's name is its device id, and its MQTT client id. */
export interface BusUser {
  readonly name: string;
  readonly role: Role;
}

export type Role = 'device' | 'mail-server' | 'message-server';

interface Rules {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

const DEVICE_WRITES = ['hello', 'report', 'settings/device', 'log'];
const DEVICE_READS = ['request', 'settings/server'];

/**
 * The topics of each role; `+` stands for a device id, a device's own in its rules. Nothing else is allowed. The broker
 * cannot know for which devices a mail server speaks: the message server trusts it with all of the address book.
 * `hardware/mosquitto/ringpost.acl` says the same to Mosquitto; a test holds them together.
 */
const RULES: Readonly<Record<Role, Rules>> = {
  device: { writes: ofDevices(DEVICE_WRITES), reads: ofDevices(DEVICE_READS) },
  'mail-server': {
    writes: ['ringpost/trigger', 'ringpost/settings'],
    reads: ['ringpost/trigger/ack', 'ringpost/settings/effective'],
  },
  'message-server': {
    writes: ['ringpost/trigger/ack', 'ringpost/settings/effective', ...ofDevices(DEVICE_READS)],
    reads: ['ringpost/trigger', 'ringpost/settings', ...ofDevices(DEVICE_WRITES)],
  },
};

const MAY_BE_RETAINED = /\/settings\/(device|server)$/;

/** Whether the user may publish on this topic. A topic with a wildcard in it is never one. */
export function mayPublish(user: BusUser, topic: string): boolean {
  return !topic.includes('+') && isNamed(user, topic, RULES[user.role].writes);
}

/**
 * Whether the user may subscribe with this filter. Only the message server has a wildcard, `+` in the place of
 * the device id: a filter that could match more than the rules name is refused as a whole.
 */
export function maySubscribe(user: BusUser, filter: string): boolean {
  return isNamed(user, filter, RULES[user.role].reads);
}

/** Whether the broker keeps the last message of this topic. Elsewhere a retain flag would replay old events. */
export function mayBeRetained(topic: string): boolean {
  return MAY_BE_RETAINED.test(topic);
}

function isNamed({ name, role }: BusUser, topic: string, named: readonly string[]): boolean {
  const parts = /^ringpost\/device\/([a-z0-9-]{1,64}|\+)\/(.+)$/.exec(topic);
  if (!parts) return !topic.includes('+') && named.includes(topic);
  // No device is called as a server is: at Mosquitto a server's name has no subtree either.
  const mayBeOf = (parts[1] === name) === (role === 'device');
  return mayBeOf && named.includes(`ringpost/device/+/${parts[2]}`);
}

function ofDevices(leaves: readonly string[]): string[] {
  return leaves.map((leaf) => `ringpost/device/+/${leaf}`);
}
