/** Who is connected. A device's name is its device id, and its MQTT client id. */
export interface BusUser {
  readonly name: string;
  readonly role: 'device' | 'mail-server' | 'message-server';
}

const DEVICE_WRITES = ['hello', 'report', 'settings/device', 'log'];
const DEVICE_READS = ['request', 'settings/server'];
const MAY_BE_RETAINED = /\/settings\/(device|server)$/;

/** Whether the user may publish on this topic. A topic with a wildcard in it is never one. */
export function mayPublish(user: BusUser, topic: string): boolean {
  switch (user.role) {
    case 'device':
      return inSubtree(user.name, topic, DEVICE_WRITES);
    case 'mail-server':
      return topic === 'ringpost/trigger';
    case 'message-server':
      return topic === 'ringpost/trigger/ack' || inAnySubtree(topic, DEVICE_READS, false);
  }
}

/**
 * Whether the user may subscribe with this filter. Only the message server has a wildcard, `+` in the place of
 * the device id: a filter that could match more than the rules name is refused as a whole.
 */
export function maySubscribe(user: BusUser, filter: string): boolean {
  switch (user.role) {
    case 'device':
      return inSubtree(user.name, filter, DEVICE_READS);
    case 'mail-server':
      return filter === 'ringpost/trigger/ack';
    case 'message-server':
      return filter === 'ringpost/trigger' || inAnySubtree(filter, DEVICE_WRITES, true);
  }
}

/** Whether the broker keeps the last message of this topic. Elsewhere a retain flag would replay old events. */
export function mayBeRetained(topic: string): boolean {
  return MAY_BE_RETAINED.test(topic);
}

function inSubtree(device: string, topic: string, leaves: readonly string[]): boolean {
  return leaves.some((leaf) => topic === `ringpost/device/${device}/${leaf}`);
}

function inAnySubtree(topic: string, leaves: readonly string[], wildcard: boolean): boolean {
  const parts = /^ringpost\/device\/([a-z0-9-]{1,64}|\+)\/(.+)$/.exec(topic);
  if (!parts?.[1] || !parts[2]) return false;
  return leaves.includes(parts[2]) && (wildcard || parts[1] !== '+');
}
