import { codeOf } from '../../../base/errors.ts';
import type { AtChannel } from '../../../modem/at-channel.ts';
import type { ModemContext } from '../../../modem/context.ts';
import { applyEntries, isRefusal, waitUntilAlive } from '../../../modem/initialise.ts';
import { readNetworkTime } from '../../../modem/network-time.ts';
import { askModel } from '../../../modem/open-modem.ts';
import { isModemUsb } from '../../../modem/ports/find-ports.ts';
import { chooseProfile, profileOnLine } from '../../../modem/profile.ts';
import type { Room } from '../room.ts';
import { Ailment, type Stage } from '../stage.ts';

/** Does it speak AT, and who is it? */
export const modem: Stage = {
  name: 'modem',
  title: 'the modem',
  needs: ['port', 'holder'],
  mend: 'press the power key once, and look at the power supply: a modem needs 2 A for a moment',
  async check(room, signal) {
    const { patient } = room;
    const line = room.own(await patient.openLine(signal).catch((error: unknown) => cannotOpen(room, error)));
    const heard = new Earwitness();
    line.onData((bytes) => heard.note(bytes));
    const channel = room.own(patient.openChannel(line));
    const context = { channel, clock: patient.clock, log: patient.log };
    await waitUntilAlive(context, signal).catch((error: unknown) => {
      if (codeOf(error) === 'modem-silent') throw heard.explain(patient.port, error);
      throw error;
    });
    return await introduce(room, context, signal);
  },
};

/** The profile for it, its first settings, and its clock. */
async function introduce(
  room: Room,
  context: Omit<ModemContext, 'profile'>,
  signal: AbortSignal,
): Promise<string> {
  const { patient } = room;
  const model = await modelOf(context.channel, signal);
  const profile = patient.profile ?? (await chooseProfile(model));
  const usb = await isModemUsb(context.channel.path, patient.root);
  room.modem = { ...context, profile: profileOnLine(profile, usb) };
  await applyEntries(room.modem, profile.init, signal);
  room.networkTime = await readNetworkTime(room.modem, signal);
  const voice = profile.voice ? '' : '; it takes no voice calls: only an SMS can ring it';
  const known = `${model || 'a modem that does not name itself'}, driven as ${profile.name}${voice}`;
  if (profile.name !== 'generic' || patient.profile) return known;
  return `${known}: no profile knows it; hardware/README.md says how to write one`;
}

async function modelOf(channel: AtChannel, signal: AbortSignal): Promise<string> {
  return (
    await askModel(channel, signal).catch((error: unknown) => {
      if (isRefusal(error)) return '';
      throw error;
    })
  ).trim();
}

function cannotOpen({ patient }: Room, error: unknown): never {
  const reason = (error as { fields?: { reason?: unknown } }).fields?.reason;
  const text = error instanceof Error ? error.message : String(error);
  if (reason === 'EACCES' || /permission denied/i.test(text)) {
    throw new Ailment('no-permission', text, 'sudo adduser $USER dialout, then log in again', error);
  }
  throw new Ailment(
    'port-unavailable',
    text,
    `another program may hold it: sudo fuser -v ${patient.port}`,
    error,
  );
}

/** Tells a silent line from one with noise, and from a modem that says no. */
class Earwitness {
  #bytes = 0;
  #text = '';

  note(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#text = `${this.#text}${Buffer.from(bytes).toString('latin1')}`.slice(-512);
  }

  explain(port: string, cause: unknown): Ailment {
    if (/\bERROR\b/.test(this.#text)) {
      const text = `the modem at ${port} answers ERROR to everything`;
      return new Ailment(
        'modem-refuses',
        text,
        'take its power away for ten seconds; then update its firmware',
        cause,
      );
    }
    if (/^AT\r/m.test(this.#text.replaceAll('\n', '')) && !/[^\x20-\x7e\r\n]/.test(this.#text)) {
      const text = `${port} sends back what it is sent and says nothing itself`;
      return new Ailment(
        'line-looped',
        text,
        'RX and TX are joined, or the modem is still starting: wait a minute',
        cause,
      );
    }
    if (this.#bytes > 0) {
      const text = `${port} sends ${this.#bytes} bytes, none of them an answer`;
      return new Ailment(
        'modem-garbled',
        text,
        'set [modem] baud to the speed of the modem: 115200, else 9600',
        cause,
      );
    }
    const mend =
      'is it on? Press its power key once; then look at the wires: TX of the Pi goes to RX of the modem';
    return new Ailment('modem-silent', `nothing comes from ${port}`, mend, cause);
  }
}
