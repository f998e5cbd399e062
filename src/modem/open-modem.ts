import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { type Observe, unobserved } from '../base/steps.ts';
import type { AtChannel } from './at-channel.ts';
import type { DataAtChannel } from './channel.ts';
import type { ModemContext } from './context.ts';
import { waitUntilAlive } from './initialise.ts';
import type { Modem } from './modem.ts';
import { chooseProfile, type Profile, profileOnLine } from './profile.ts';
import { ReadyModem } from './ready-modem.ts';
import type { PinMemory } from './sim.ts';
import { chooseSleep, type SleepWish } from './sleep/choose.ts';

export interface OpenModemOptions {
  /** Stays the caller's: disposing the modem leaves the channel open. */
  readonly channel: DataAtChannel;
  /** A second port of the modem, for data calls, so that commands go on meanwhile. Stays the caller's too. */
  readonly dataChannel?: DataAtChannel | undefined;
  /** Left out: chosen by what the modem answers to AT+CGMM. */
  readonly profile?: Profile | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of `cmti` and `ringing`. */
  readonly observe?: Observe | undefined;
  readonly pin?: string | undefined;
  /** Left out: a refused PIN is remembered only as long as the modem is open. */
  readonly pinMemory?: PinMemory | undefined;
  readonly apn?: string | undefined;
  /** Left out: whether it sleeps between commands is left as it is. */
  readonly sleep?: SleepWish | undefined;
  /** How long to wait for the network, milliseconds; default 30 s. Without network the modem opens all the same. */
  readonly registrationMs?: number | undefined;
}

/**
 * Makes a modem ready: alive, settings of its profile made, SIM unlocked, stored SMS swept, and registered if
 * the network lets it within `registrationMs`. Rejects with ModemError: `modem-silent`, the codes of
 * `unlockSim`, or what the modem refused.
 */
export async function openModem(options: OpenModemOptions, signal?: AbortSignal): Promise<Modem> {
  const { channel, clock, log } = options;
  await waitUntilAlive({ channel, clock, log }, signal);
  const chosen = options.profile ?? (await chooseProfile(await askModel(channel, signal)));
  const profile = profileOnLine(chosen, options.sleep?.usb ?? false);
  log.debug({ profile: profile.name }, 'modem profile');
  const apart = options.dataChannel !== undefined;
  const sleeping = chooseSleep(options.sleep, { channel, apart, profile, clock, log });
  const context: ModemContext = { channel: sleeping.channel, clock, log, profile };
  const observe = options.observe ?? unobserved;
  const dataChannel = options.dataChannel ?? sleeping.channel;
  const modem = new ReadyModem(context, { ...options, observe, dataChannel, sleepEntries: sleeping.entries });
  void modem.closed.then(() => sleeping.stop());
  try {
    await modem.open(options.registrationMs ?? 30_000, signal);
    return modem;
  } catch (error) {
    await modem[Symbol.asyncDispose]();
    throw error;
  }
}

/** `SIMCOM_SIM7600E-H`, with or without `+CGMM:` before it. */
export async function askModel(channel: AtChannel, signal?: AbortSignal): Promise<string> {
  const { lines } = await channel.command('AT+CGMM', { claims: ['*'], signal });
  return lines.join(' ');
}
