import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import {
  changeSettings,
  type EffectiveSettings,
  initialSettings,
  mergeSettings,
  newerSettings,
} from '../../bus/settings.ts';
import { type Settings, settings } from '../../bus/topics.ts';

const both = z.object({
  mine: settings,
  server: settings.optional(),
  /** My document as the message server acknowledged it last. */
  told: settings.optional(),
});

export interface SettingsChange {
  readonly on?: boolean | undefined;
  readonly intervalSeconds?: number | undefined;
}

/** The device's settings document, the server's as heard last, and what both come to. */
export interface DeviceSettings {
  readonly mine: Settings;
  readonly effective: EffectiveSettings;
  /**
   * Off, and the server does not know yet. Once it knows, it sends nothing until somebody switched it on there, so a
   * verified SMS that comes then is news. A call proves nothing and stays ignored.
   */
  readonly ignoresTriggers: boolean;
  /** Revision of the server's document as heard last; 0: none yet. */
  readonly serverRevision: number;
  /** My document differs from what the server acknowledged. */
  readonly untold: boolean;
  /** The user changed something that the server does not know. */
  readonly changeUntold: boolean;
  change(change: SettingsChange): Promise<void>;
  /** The server's document came. */
  heard(server: Settings): Promise<void>;
  /** The server acknowledged this document. */
  toldServer(told: Settings): Promise<void>;
}

export async function openDeviceSettings(
  directory: string,
  initial: EffectiveSettings,
  files?: Files,
): Promise<DeviceSettings> {
  const document = await openDocument<z.infer<typeof both>>({
    path: join(directory, 'settings.json'),
    schema: both,
    initial: { mine: initialSettings(initial) },
    ...(files ? { files } : {}),
  });
  const isUntold = () => document.data.mine.revision > (document.data.told?.revision ?? 0);
  const effective = () => mergeSettings(document.data.mine, document.data.server).effective;
  return {
    get mine() {
      return document.data.mine;
    },
    get effective() {
      return effective();
    },
    get serverRevision() {
      return document.data.server?.revision ?? 0;
    },
    get ignoresTriggers() {
      return !effective().on && isUntold();
    },
    get untold() {
      return !isDeepStrictEqual(document.data.mine, document.data.told ?? initialSettings(initial));
    },
    get changeUntold() {
      return isUntold();
    },
    change: (change) =>
      document.update((data) => {
        data.mine = changeSettings(data.mine, data.server, change);
      }),
    heard: async (server) => {
      const newer = newerSettings(document.data.server, server);
      if (isDeepStrictEqual(newer, document.data.server)) return;
      await document.update((data) => {
        data.server = newerSettings(data.server, server);
        data.mine = mergeSettings(data.mine, data.server).mine;
      });
    },
    toldServer: (told) =>
      document.update((data) => {
        data.told = told;
      }),
  };
}
