import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Disposables } from '../../src/base/disposables.ts';
import { silentLog } from '../../src/base/log.ts';
import { type DemoModems, startModems } from '../../src/cli/demo/modems.ts';
import { acceptKeys, type DeviceTable, startDevice } from '../../src/cli/demo/parts.ts';
import { runInBackground } from '../../src/cli/demo/world.ts';
import { Timeline } from '../../src/cli/timeline.ts';
import type { Device } from '../../src/device/agent.ts';
import type { Keyring } from '../../src/device/keyring.ts';
import { temporaryDirectory } from './room.ts';

/** A handheld in this process, where its servers are processes of their own. */
export interface HandheldHere {
  readonly device: Device;
  readonly keyring: Keyring;
  readonly timeline: Timeline;
  /** The handheld's Maildir. */
  readonly maildir: string;
}

/** Where it lives: modems on PTYs, which other processes can open, until the test ends. */
export interface Place {
  readonly directory: string;
  readonly modems: DemoModems;
  readonly owned: Disposables;
}

const quiet = { clock: systemClock, log: silentLog };

export async function placeWithModems(): Promise<Place> {
  const directory = await temporaryDirectory();
  const owned = new Disposables();
  onTestFinished(() => owned[Symbol.asyncDispose]());
  const modems = owned.use(await startModems(quiet));
  if (modems.withoutPty) throw new Error(`this test needs PTYs: ${modems.withoutPty}`);
  return { directory, modems, owned };
}

/** Starts the handheld of this configuration, and waits until it listens. */
export async function startHandheld(place: Place, table: DeviceTable): Promise<HandheldHere> {
  const { directory, modems, owned } = place;
  await acceptKeys(table);
  const timeline = new Timeline(systemClock, () => {});
  const policy = { settings: { on: true, intervalSeconds: 0 } };
  const observe = timeline.observer('device');
  const built = await startDevice({ ...quiet, directory, modems, observe, policy }, table);
  void runInBackground(built, owned);
  await timeline.expect('listening', { since: 0 });
  return { device: built.device, keyring: built.keyring, timeline, maildir: join(directory, 'Mail') };
}
