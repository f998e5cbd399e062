import { codeOf } from '../../../base/errors.ts';
import { ModemError } from '../../../modem/errors.ts';
import { simState, unlockSim } from '../../../modem/sim.ts';
import { contextOf } from '../context-of.ts';
import { Ailment, type Stage } from '../stage.ts';

/** +CME ERROR numbers (3GPP TS 27.007 9.2.1). */
const NOT_INSERTED = 10;
const SIM_FAILURE = 13;
const WRONG_SIM = 15;

/** Is there one, and does it answer? */
export const sim: Stage = {
  name: 'sim',
  title: 'the SIM',
  needs: ['modem'],
  mend: 'take the SIM out and put it in again, the contacts towards the board',
  async check(room, signal) {
    const state = await simState(contextOf(room), signal).catch((error: unknown) => {
      throw explain(error);
    });
    return `there, ${state}`;
  },
};

/** Is it unlocked, or can it be? */
export const pin: Stage = {
  name: 'pin',
  title: 'the PIN',
  needs: ['sim'],
  mend: 'set [modem] pin in device.toml',
  async check(room, signal) {
    const { pin: configured, pinMemory } = room.patient;
    await unlockSim(contextOf(room), { pin: configured, pinMemory }, signal).catch((error: unknown) => {
      const mend = MENDS[codeOf(error) ?? ''];
      if (error instanceof ModemError && mend) throw new Ailment(error.code, error.message, mend, error);
      throw error;
    });
    return 'unlocked';
  },
};

const MENDS: Readonly<Record<string, string>> = {
  'sim-pin-required': 'set [modem] pin in device.toml, or switch the PIN off in a telephone',
  'sim-pin-refused':
    'correct [modem] pin in device.toml: the SIM says it is wrong, and it is not tried again',
  'sim-pin-last-attempt': 'put the SIM into a telephone and enter the right PIN there',
  'sim-puk-required': 'put the SIM into a telephone and enter the PUK there',
  'sim-locked': 'the modem is locked to another operator or owner: unlock it, or use another SIM',
};

function explain(error: unknown): unknown {
  if (!(error instanceof ModemError) || error.code !== 'cme-error') return error;
  const number = Number(error.fields.number);
  if (number === NOT_INSERTED) {
    return new Ailment('sim-missing', 'there is no SIM', 'put a SIM in, then restart the modem', error);
  }
  if (number === WRONG_SIM) {
    return new Ailment('sim-wrong', 'the modem does not take this SIM', MENDS['sim-locked'] ?? '', error);
  }
  if (number !== SIM_FAILURE) return error;
  return new Ailment(
    'sim-failure',
    'the SIM does not answer',
    'clean the contacts of the SIM, or try another',
    error,
  );
}
