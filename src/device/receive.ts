import { withDeadline } from '../base/deadline.ts';
import type { Log } from '../base/log.ts';
import { redactNumber } from '../base/redact.ts';
import type { Observe } from '../base/steps.ts';
import type { Call, Incoming, Modem, Sms } from '../modem/modem.ts';
import { type Refusal, type Trigger, type Verdict, verifyTrigger } from '../trigger/verify.ts';
import { isListed } from './numbers.ts';
import type { DeviceParts } from './parts.ts';
import type { State } from './state/state.ts';

/** These may be somebody's own words with `RP1` in them, so they are kept like every other text. */
const PERHAPS_PRIVATE: readonly Refusal[] = ['no-token', 'malformed', 'oversized'];

export interface ReceiverParts {
  readonly parts: DeviceParts;
  readonly state: State;
  readonly modem: Modem;
  readonly observe: Observe;
  readonly log: Log;
  /** Called when a session is owed, once that is on the disk. */
  readonly onOwed: () => void;
}

/**
 * Judges what comes out of the modem. Nothing leaves the modem's store before what it led to is on the disk:
 * counter and owed session for a trigger, the text itself for anything else. The modem shows `cmti` and `ringing`
 * itself. Rejects only with the signal's reason.
 */
export async function receive(
  context: ReceiverParts,
  incoming: Incoming,
  signal: AbortSignal,
): Promise<void> {
  try {
    await (incoming.kind === 'sms' ? receiveSms(context, incoming) : receiveCall(context, incoming, signal));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // An SMS is still in the modem's store then, and the next sweep finds it.
    context.log.error({ err: error }, `An incoming ${incoming.kind} could not be dealt with`);
    context.observe({ name: 'failed', text: `an incoming ${incoming.kind} could not be dealt with` });
  }
}

async function receiveSms(context: ReceiverParts, sms: Sms): Promise<void> {
  const { parts, state, log } = context;
  const verdict = await verifyTrigger(sms.data?.bytes ?? sms.text, {
    device: parts.device,
    keys: parts.keys,
    guard: state.pending.guard,
  });
  if ('trigger' in verdict) await actOn(context, verdict.trigger);
  else await refuse(context, sms, verdict);
  if ('refused' in verdict && verdict.refused === 'guard-broken') return;
  await sms.done().catch((error: unknown) => log.warn({ err: error }, 'An SMS could not be deleted yet'));
}

async function actOn({ state, observe, log, onOwed }: ReceiverParts, trigger: Trigger): Promise<void> {
  const fields = { key: trigger.keyId, counter: trigger.counter };
  if (state.settings.ignoresTriggers) {
    await state.pending.ignore(trigger);
    log.info(
      fields,
      'A verified trigger is ignored: synchronisation is switched off, mail waits on the server',
    );
    observe({ name: 'ignored', text: 'verified, but synchronisation is switched off', fields });
    return;
  }
  await state.pending.oweSms(trigger, state.time.now());
  log.info(fields, 'A trigger was verified');
  observe({
    name: 'verified',
    text: `trigger verified: key ${trigger.keyId}, counter ${trigger.counter}`,
    fields,
  });
  onOwed();
}

async function refuse(
  { state, observe, log }: ReceiverParts,
  sms: Sms,
  { refused, text, cause }: Extract<Verdict, { refused: Refusal }>,
): Promise<void> {
  if (PERHAPS_PRIVATE.includes(refused)) await state.inbox.keep(sms, state.time.now());
  if (refused === 'no-token') {
    log.info({ from: sms.from }, 'An SMS that is no trigger was kept in the inbox file');
    observe({ name: 'ignored', text: 'no trigger: kept in the inbox file', fields: { refused } });
    return;
  }
  const level = refused === 'guard-broken' ? 'error' : 'warn';
  log[level]({ from: sms.from, refused, err: cause }, `A trigger was refused: ${text}`);
  observe({ name: 'refused', text: `trigger refused: ${text}`, fields: { refused } });
}

async function receiveCall(context: ReceiverParts, { from }: Call, signal: AbortSignal): Promise<void> {
  const { parts, state, modem, observe, log, onOwed } = context;
  const { callers, country, clock, policy } = parts;
  if (from === undefined || !isListed(from, callers, country)) {
    log.info({ from }, 'A call from a number that is not listed is left ringing');
    observe({ name: 'ignored', text: 'not a listed number: left ringing' });
    return;
  }
  await withDeadline(clock, { what: 'hanging up', ms: policy.closeMs, signal }, (s) => modem.hangUp(s));
  observe({ name: 'hang-up', text: `${redactNumber(from)} hung up on, not answered` });
  if (!state.settings.effective.on) {
    log.info('A trigger call is ignored: synchronisation is switched off, mail waits on the server');
    observe({ name: 'ignored', text: 'synchronisation is switched off' });
    return;
  }
  await state.pending.oweCall(state.time.now());
  onOwed();
}
