import { z } from 'zod';
import { ControlError } from '../../base/control.ts';
import { deviceId, settings } from '../../bus/topics.ts';
import type { DeviceStatus } from '../../server/message/message-server.ts';
import type { ServerConfig } from '../config/server.ts';
import type { BuiltServer } from './server.ts';

export const serverSettingsArgs = z.strictObject({
  /** A user of this process's mail server, or a device. */
  name: z.string().min(1).max(320),
  on: z.boolean().optional(),
  intervalSeconds: settings.shape.intervalSeconds.optional(),
});

/** What `ringpost server settings` shows. */
export interface ServerSettings {
  readonly device: string;
  /** Undefined: the message server has not told yet. */
  readonly settings: { readonly on: boolean; readonly intervalSeconds: number } | undefined;
  /** Whether the message server has what was chosen here. */
  readonly told: boolean;
  /** Where the message server runs in this process. */
  readonly status?: DeviceStatus;
}

type Parts = Pick<BuiltServer, 'messageServer' | 'settings' | 'watcher'>;

/**
 * Changes and shows a device's settings at the server, R10 and R12: at the message server where it runs here, else by way
 * of the broker; then the choice is on the disk here until the message server has it.
 */
export async function changeServerSettings(
  config: Pick<ServerConfig, 'mail' | 'watch'>,
  parts: Parts,
  { name, ...change }: z.infer<typeof serverSettingsArgs>,
): Promise<ServerSettings> {
  const { messageServer, settings: agent } = parts;
  const device = deviceOf(config, parts, name);
  if (messageServer) {
    if (Object.keys(change).length > 0) await messageServer.setSettings(device, change as { on?: boolean });
    const status = await messageServer.status(device);
    return { device, settings: status.settings, told: true, status };
  }
  if (!agent) {
    throw new ControlError('this process runs neither mail server nor message server', {
      code: 'bad-request',
    });
  }
  if (Object.keys(change).length > 0) await agent.choose(device, change);
  else await agent.know(device);
  return { device, ...agent.status(device) };
}

/** The device that a mailbox of the user carries; a name that is no user's is a device's. */
function deviceOf(
  { mail, watch }: Pick<ServerConfig, 'mail' | 'watch'>,
  { watcher }: Parts,
  name: string,
): string {
  const user = [
    ...(mail?.users ?? []).map((one) => ({ name: one.name, device: one.device })),
    ...(watch?.mailboxes ?? []).map((one) => ({ name: one.user, device: one.device })),
  ].find((one) => one.name === name);
  const annotated = watcher?.known().find((one) => one.user === name && one.annotations.device !== undefined);
  const device = deviceId.safeParse(user ? (user.device ?? annotated?.annotations.device) : name).data;
  if (device !== undefined) return device;
  const problem = user ? 'no mailbox of this user carries a device' : 'neither a user here nor a device id';
  throw new ControlError(`${name}: ${problem}`, { code: 'bad-request' });
}
