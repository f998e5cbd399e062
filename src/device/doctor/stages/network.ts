import { waitForRegistration } from '../../../modem/registration.ts';
import { readSignalStrength } from '../../../modem/signal-strength.ts';
import { contextOf } from '../context-of.ts';
import { Ailment, type Stage } from '../stage.ts';

/** A modem just started may need this long for its network. */
const REGISTRATION_MS = 60_000;
/** Below this, SMS may still pass, but data sessions break (GSM reference sensitivity is -102 dBm, 3GPP TS 45.005 6.2). */
const WEAK_DBM = -103;

/** Does the network have it? */
export const registration: Stage = {
  name: 'registration',
  title: 'the network',
  needs: ['pin'],
  mend: 'does this operator have a network here that the modem knows (2G, LTE, LTE-M)? Try the SIM in a telephone',
  async check(room, signal) {
    const { registrationMs = REGISTRATION_MS } = room.patient;
    const { registered, roaming, text } = await waitForRegistration(contextOf(room), registrationMs, signal);
    if (registered) return roaming ? `${text}: sessions may cost more` : text;
    if (text.startsWith('denied')) {
      throw new Ailment(
        'registration-denied',
        text,
        'ask the operator: is the SIM active, paid, and allowed in this modem?',
      );
    }
    throw new Ailment('not-registered', text, registration.mend);
  },
};

/** Does it hear the network well enough? */
export const signalStrength: Stage = {
  name: 'signal',
  title: 'the signal',
  needs: ['modem'],
  mend: 'is the antenna on the connector marked MAIN, and outside of metal?',
  async check(room, signal) {
    const dbm = await readSignalStrength(contextOf(room), signal);
    if (dbm === undefined) throw new Ailment('no-signal', 'no signal is heard', signalStrength.mend);
    if (dbm < WEAK_DBM) throw new Ailment('weak-signal', `${dbm} dBm is too weak`, signalStrength.mend);
    return `${dbm} dBm`;
  },
};
