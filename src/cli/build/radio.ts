import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { Disposables } from '../../base/disposables.ts';
import type { Log } from '../../base/log.ts';
import type { Observe } from '../../base/steps.ts';
import type { AtChannel } from '../../modem/at-channel.ts';
import { type DataAtChannel, openAtChannel } from '../../modem/channel.ts';
import type { Modem } from '../../modem/modem.ts';
import { openModem } from '../../modem/open-modem.ts';
import { durablePinMemory } from '../../modem/pin-memory.ts';
import { isModemUsb } from '../../modem/ports/find-ports.ts';
import type { Power } from '../../modem/power/power.ts';
import type { Reviver } from '../../modem/power/reviver.ts';
import { loadProfile } from '../../modem/profile.ts';
import type { SerialLine } from '../../modem/serial-line.ts';
import { loggedLine, openSerialLog } from '../../modem/serial-log.ts';
import { openSerialLine } from '../../modem/serial-port-line.ts';
import type { ModemConfig } from '../config/parts.ts';
import { configuredPorts, withPorts } from './ports.ts';

/** Opens the serial line of a modem; the demo puts a line in memory here where there are no PTYs. */
export type OpenLine = (config: ModemConfig, signal: AbortSignal) => Promise<SerialLine>;

export const openConfiguredLine: OpenLine = ({ port, baud, rtscts }, signal) =>
  openSerialLine({ path: port, baudRate: baud, rtscts }, signal);

export interface RadioParts {
  /** Directory of the process's own documents: which PIN was refused is remembered there. */
  readonly state: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: Observe;
  readonly openLine?: OpenLine | undefined;
  /** Where `port = "auto"` looks for `/sys`, `/proc` and `/dev`; default `/`. */
  readonly root?: string | undefined;
  /** Whether the modem sleeps between commands where the configuration does not say. Default false. */
  readonly sleeps?: boolean | undefined;
  /** Switches on a modem that does not answer. */
  readonly reviver?: Reviver | undefined;
}

/** A modem with the channel that it speaks over; disposing closes both. */
export interface OpenedModem extends AsyncDisposable {
  readonly modem: Modem;
  readonly channel: AtChannel;
  readonly power: Power | undefined;
}

/** Opens line, channel and modem as the configuration says. */
export async function openConfiguredModem(
  config: ModemConfig,
  parts: RadioParts,
  signal: AbortSignal,
): Promise<OpenedModem> {
  const { clock, observe } = parts;
  const log = parts.log.child({ room: 'modem' });
  const profile = config.profile === undefined ? undefined : await loadProfile(config.profile);
  const owned = new Disposables();
  try {
    const open = loggedOpener(config, { ...parts, log }, owned);
    const { reviver } = parts;
    // A channel that opens its port anew does not switch: a modem without power has lost its settings, and is opened anew as a whole.
    const line = await (reviver ? reviver.open(open, signal) : open(signal));
    const knownUrcs = profile?.urcs ?? [];
    const channel = owned.use(openAtChannel({ line, clock, log, knownUrcs, reopen: open }));
    const dataChannel = await openDataChannel(config, { ...parts, log }, owned, signal);
    const { pin, apn } = config;
    const pinMemory = await durablePinMemory(join(parts.state, 'pin.json'));
    const wanted = config.sleep ?? parts.sleeps ?? false;
    const sleep = { wanted, usb: await isModemUsb(line.path, parts.root) };
    const options = { channel, dataChannel, profile, clock, log, observe, pin, pinMemory, apn, sleep };
    const modem = owned.use(await openModem(options, signal));
    const power = reviver?.power;
    return {
      modem,
      channel: modem.channel,
      power,
      [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
    };
  } catch (error) {
    await owned[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

/** The second tty, where there is one. What crosses it is the user's traffic: it is in no serial log. */
async function openDataChannel(
  config: ModemConfig,
  { clock, log, openLine, root }: RadioParts,
  owned: Disposables,
  signal: AbortSignal,
): Promise<DataAtChannel | undefined> {
  const { port, dataPort } = await configuredPorts(config, root);
  if (dataPort === undefined || dataPort === port) return undefined;
  const open = async (over: AbortSignal) => {
    const now = await configuredPorts(config, root);
    return (openLine ?? openConfiguredLine)({ ...config, port: now.dataPort ?? dataPort }, over);
  };
  return owned.use(openAtChannel({ line: await open(signal), clock, log, reopen: open }));
}

/** Opens the line, again after a loss too; where a serial log is wanted, everything that crosses goes there. */
function loggedOpener(config: ModemConfig, { clock, log, openLine, root }: RadioParts, owned: Disposables) {
  const open = async (signal: AbortSignal) =>
    (openLine ?? openConfiguredLine)(await withPorts(config, root, log), signal);
  if (config.serial_log === undefined) return open;
  const sink = owned.use(openSerialLog({ path: config.serial_log, clock, log }));
  return async (signal: AbortSignal) => loggedLine(await open(signal), sink);
}
