import { randomBytes } from 'node:crypto';
import { withDeadline } from '../../../base/deadline.ts';
import { asError, codeOf, DeadlineError } from '../../../base/errors.ts';
import type { ModemContext } from '../../../modem/context.ts';
import { ModemError } from '../../../modem/errors.ts';
import { fieldsOf } from '../../../modem/info-line.ts';
import { applyEntries, isRefusal, isSet } from '../../../modem/initialise.ts';
import type { Modem } from '../../../modem/modem.ts';
import { SmsStore } from '../../../modem/sms-store.ts';
import { contextOf } from '../context-of.ts';
import type { Room } from '../room.ts';
import { Ailment, Skipped, type Stage } from '../stage.ts';

/** How long an SMS to oneself may be under way. */
const ARRIVAL_MS = 60_000;
/** How long what a sweep found takes to be handed over. */
const SWEPT_MS = 10_000;

/** Is there room for SMS, will the modem tell of new ones, and does the SIM know its service centre? */
export const sms: Stage = {
  name: 'sms',
  title: 'SMS store and notification',
  needs: ['pin'],
  mend: 'restart the modem: AT+CFUN=1,1; then look again',
  async check(room, signal) {
    const context = contextOf(room);
    await applyEntries(context, context.profile.settings, signal).catch((error: unknown) => {
      throw notNotified(error);
    });
    await mustNotify(context, signal);
    await mustKnowCentre(context, signal);
    room.ownNumber = await ownNumber(room, context, signal);
    return await mustHaveRoom(context, signal);
  },
};

/** Does an SMS come all the way round? Costs one. */
export const smsToSelf: Stage = {
  name: 'sms-to-self',
  title: 'an SMS to oneself',
  needs: ['registration', 'sms'],
  mend: 'send an SMS to this number from a telephone, and look at the serial log: ringpost watch',
  async check(room, signal) {
    const { ownNumber: number } = room;
    if (number === null) throw new Skipped('not wanted');
    if (number === undefined) throw new Skipped('the SIM does not know its number: give it with --number');
    const { modem } = await room.openRadio(signal);
    const text = `ringpost doctor ${randomBytes(4).toString('hex')}`;
    const began = room.patient.clock.monotonic();
    await modem.sendSms(number, text, signal).catch((error: unknown) => {
      throw notSent(error);
    });
    await arrival(room, modem, text, signal);
    return `there and back in ${((room.patient.clock.monotonic() - began) / 1000).toFixed(1)} s`;
  },
};

async function mustNotify(context: ModemContext, signal: AbortSignal): Promise<void> {
  const entry = context.profile.settings.find(({ set }) => set.startsWith('AT+CNMI='));
  if (!entry || (await isSet(context, entry, signal)) !== false) return;
  throw new Ailment('not-notified', 'the modem does not keep AT+CNMI, so it tells of no SMS', sms.mend);
}

async function mustKnowCentre({ channel }: ModemContext, signal: AbortSignal): Promise<void> {
  const reply = await channel.command('AT+CSCA?', { signal }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
  if (!reply || fieldsOf(reply.lines[0] ?? '')[0]) return;
  const mend = 'ask the operator for the number of its SMS centre, then: AT+CSCA="+NUMBER"';
  throw new Ailment('no-service-centre', 'the SIM has no number of an SMS service centre', mend);
}

async function mustHaveRoom(context: ModemContext, signal: AbortSignal): Promise<string> {
  const store = new SmsStore(context);
  await store.open(signal);
  const [storage = 'SM'] = store.storages;
  const usage = await store.usage(storage, signal);
  if (!usage) return `kept in ${storage}`;
  if (usage.used < usage.total) return `kept in ${storage}, ${usage.used} of ${usage.total} places used`;
  const text = `all ${usage.total} places of ${storage} are used, so no trigger can arrive`;
  throw new Ailment(
    'sms-store-full',
    text,
    'start the agent, which reads and deletes them; or by hand: AT+CMGD=1,4 (all are lost)',
  );
}

/** As given, else what the SIM says (+CNUM, 3GPP TS 27.007 7.1). */
async function ownNumber({ patient }: Room, { channel }: ModemContext, signal: AbortSignal) {
  if (patient.ownNumber !== undefined) return patient.ownNumber;
  const reply = await channel.command('AT+CNUM', { signal }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
  const numbers = (reply?.lines ?? []).map((line) => fieldsOf(line)[1] ?? '');
  return numbers.find((number) => /^\+?\d{5,15}$/.test(number));
}

/** Waits for our text; where it does not come by itself, a sweep tells whether it is there. */
async function arrival(room: Room, modem: Modem, text: string, signal: AbortSignal): Promise<void> {
  const { clock, smsMs = ARRIVAL_MS } = room.patient;
  const found = untilFound(modem, text);
  const wait = (ms: number) =>
    withDeadline(clock, { what: 'the SMS to oneself', ms, signal }, () => found).catch((error: unknown) => {
      if (error instanceof DeadlineError) return 'late';
      throw error;
    });
  if ((await wait(smsMs)) !== 'late') return;
  await modem.sweep(signal);
  if ((await wait(SWEPT_MS)) === 'late') {
    const mend = 'is the number right, and may this SIM receive SMS? Send one from a telephone';
    throw new Ailment('sms-lost', 'the network took the SMS, and it did not come back', mend);
  }
  const mend =
    'write the profile so that +CMTI comes to this port (hardware/README.md); until then set session.poll';
  throw new Ailment('sms-untold', 'the SMS came, but the modem did not tell of it (+CMTI)', mend);
}

/** Deletes ours; what others sent is left in the store for the agent. */
async function untilFound(modem: Modem, text: string): Promise<void> {
  for await (const incoming of modem.incoming()) {
    if (incoming.kind === 'sms' && incoming.text === text) return await incoming.done();
  }
}

function notNotified(error: unknown): unknown {
  if (!(error instanceof ModemError) || !isRefusal(error)) return error;
  return new Ailment(
    'setting-refused',
    error.message,
    'is the profile right for this modem? See hardware/README.md',
    error,
  );
}

function notSent(error: unknown): unknown {
  if (codeOf(error) !== 'sms-refused') return error;
  const mend = 'has the SIM credit, and may it send SMS? Is the number in international form, +49…?';
  return new Ailment('sms-refused', asError(error).message, mend, error);
}
