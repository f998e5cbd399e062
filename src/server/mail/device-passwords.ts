import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import { hashPassword } from './password-hash.ts';

/** Which device a password may be of: its first characters, which alone say nothing about the rest. */
const SELECTOR_CHARACTERS = 6;
/** 24 characters of base64url; without those of the selector 108 bits. */
const PASSWORD_BYTES = 18;

const entry = z.object({ user: z.string().min(1), selector: z.string(), hash: z.string() });
const shape = z.object({ devices: z.record(z.string(), entry) });

export interface DevicePassword {
  readonly device: string;
  readonly hash: string;
}

/** Passwords that each log in one device as a user: the user's own is not on the handheld, and one can be taken back. */
export interface DevicePasswords {
  /** The device of the user whose password begins like this one, and the hash that it must have then. */
  find(user: string, password: string): DevicePassword | undefined;
  /** Whether it was neither taken back nor replaced. */
  holds(one: DevicePassword): boolean;
  /** Every hash, so that a log-in with an unknown name can take as long as any other. */
  readonly hashes: readonly string[];
  /** Whose device it is. */
  userOf(device: string): string | undefined;
  /** Makes the device's password, instead of an earlier one. It is on the disk as a hash only. */
  make(device: string, user: string): Promise<string>;
  /** Resolves with whether there was one. */
  remove(device: string): Promise<boolean>;
}

/** Opens them, one JSON document (0600). */
export async function openDevicePasswords(path: string, files?: Files): Promise<DevicePasswords> {
  const initial: z.infer<typeof shape> = { devices: {} };
  const document = await openDocument({ path, schema: shape, initial, ...(files ? { files } : {}) });
  const all = () => Object.values(document.data.devices);
  return {
    find: (user, password) => {
      const selector = password.slice(0, SELECTOR_CHARACTERS);
      const found = Object.entries(document.data.devices).find(
        ([, one]) => one.user === user && one.selector === selector,
      );
      return found && { device: found[0], hash: found[1].hash };
    },
    holds: ({ device, hash }) =>
      Object.hasOwn(document.data.devices, device) && document.data.devices[device]?.hash === hash,
    get hashes() {
      return all().map(({ hash }) => hash);
    },
    userOf: (device) =>
      Object.hasOwn(document.data.devices, device) ? document.data.devices[device]?.user : undefined,
    async make(device, user) {
      const password = devicePassword();
      const hash = await hashPassword(password);
      const selector = password.slice(0, SELECTOR_CHARACTERS);
      await document.update(({ devices }) => {
        devices[device] = { user, selector, hash };
      });
      return password;
    },
    async remove(device) {
      if (!Object.hasOwn(document.data.devices, device)) return false;
      await document.update(({ devices }) => {
        delete devices[device];
      });
      return true;
    },
  };
}

/** 144 random bits. */
export function devicePassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}
