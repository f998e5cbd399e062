import type { Clock } from '../base/clock.ts';
import { asError, RingpostError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Observe } from '../base/steps.ts';
import type { Device } from './agent.ts';
import type { Radio } from './parts.ts';

export interface DeviceRun {
  readonly device: Device;
  /** Opens the modem, with the data sessions that it makes. */
  readonly openRadio: (signal: AbortSignal) => Promise<Radio>;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: Observe;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Serves the device, opening the modem again, with growing waits, each time that it is lost. Resolves when the
 * signal fires; rejects with a permanent error, such as a wrong SIM PIN.
 */
export async function runDevice(run: DeviceRun, signal: AbortSignal): Promise<void> {
  const { clock, log, observe } = run;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const began = clock.monotonic();
    try {
      await serveOnce(run, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof RingpostError && !error.temporary) throw error;
      if (clock.monotonic() - began > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
      log.warn({ err: error, seconds: wait / 1000 }, 'The modem is opened again after a wait');
      observe({
        name: 'failed',
        text: `no modem: ${asError(error).message}; trying again in ${wait / 1000} s`,
      });
      await clock.sleep(wait, signal).catch(() => {});
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }
}

async function serveOnce({ device, openRadio }: DeviceRun, signal: AbortSignal): Promise<void> {
  await using radio = await openRadio(signal);
  await device.serve(radio, signal);
}
