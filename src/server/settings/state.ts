import { join } from 'node:path';
import { z } from 'zod';
import { type Document, openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import { effective, settings, settingsChange } from '../../bus/topics.ts';

const values = settings.pick({ on: true, intervalSeconds: true });

/** What the mail server remembers about the settings of one device of its mailboxes. */
const deviceSettings = z.object({
  /** What the message server told last. */
  agreed: effective.shape.settings.unwrap().nullable(),
  /** What a user chose here, until the message server has it. */
  pending: settingsChange.nullable(),
  /** `USER MAILBOX` -> the values that its annotations may have without being anybody's choice. */
  mailboxes: z.record(z.string(), z.array(values.partial())),
});

export type DeviceSettings = z.infer<typeof deviceSettings>;

export function openDeviceSettings(
  directory: string,
  device: string,
  files: Files,
): Promise<Document<DeviceSettings>> {
  const initial: DeviceSettings = { agreed: null, pending: null, mailboxes: {} };
  return openDocument({ path: join(directory, `${device}.json`), schema: deviceSettings, initial, files });
}

/** The devices whose settings are remembered there. */
export async function rememberedDevices(directory: string, files: Files): Promise<string[]> {
  await files.makeDirectory(directory);
  const names = await files.list(directory);
  return names.flatMap((name) => /^([a-z0-9-]{1,64})\.json$/.exec(name)?.[1] ?? []);
}
