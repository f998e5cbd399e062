import { createHash } from 'node:crypto';
import type { ModemContext } from './context.ts';
import { ModemError } from './errors.ts';
import { fieldsOf, numberOf } from './info-line.ts';
import { isRefusal } from './initialise.ts';

/** Remembers, beyond a restart, that a PIN was tried: it may not be tried again until it is another one. */
export interface PinMemory {
  failedFor(key: string): boolean;
  /** Resolves once it is durable; called before the PIN is sent. */
  remember(key: string): Promise<void>;
  /** The PIN was right. */
  forget(key: string): Promise<void>;
}

export interface SimOptions {
  readonly pin?: string | undefined;
  readonly pinMemory?: PinMemory | undefined;
}

/** 3GPP TS 27.007 9.2.1: SIM failure, SIM busy; and 3GPP TS 27.005 3.2.5: SIM failure, SIM busy. */
const BUSY_CODES = { 'cme-error': [13, 14], 'cms-error': [313, 314] };
const BUSY_TRIES = 20;
const BUSY_PAUSE_MS = 1000;
/** 3GPP TS 31.101 9.5: three wrong PINs block it, and a right one gives all three back. */
const ALL_ATTEMPTS = 3;
const PIN_TIMEOUT_MS = 15_000;

/** For one run of this program, where nothing durable was handed in. */
export function volatilePinMemory(): PinMemory {
  const failed = new Set<string>();
  return {
    failedFor: (key) => failed.has(key),
    remember: async (key) => void failed.add(key),
    forget: async (key) => void failed.delete(key),
  };
}

/**
 * Resolves when the SIM is ready, entering the PIN when it asks for one. A PIN is sent once: never again after
 * a refusal, and never when it is known to be the last attempt. Rejects with ModemError `sim-pin-required`,
 * `sim-pin-refused`, `sim-pin-last-attempt`, `sim-puk-required`, `sim-locked`, all permanent, or with the
 * modem's error (no SIM).
 */
export async function unlockSim(
  context: ModemContext,
  options: SimOptions,
  signal?: AbortSignal,
): Promise<void> {
  const state = await simState(context, signal);
  if (state === 'READY') return;
  if (state !== 'SIM PIN') throw lockedError(context, state);
  await enterPin(context, options, signal);
  const after = await untilUnlocked(context, signal);
  if (after !== 'READY') throw lockedError(context, after);
}

/** Repeats `work` while the SIM is still starting. */
export async function whileSimBusy<T>(
  { clock, log }: ModemContext,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || attempt === BUSY_TRIES) throw error;
      log.debug({ attempt }, 'the SIM is busy');
      await clock.sleep(BUSY_PAUSE_MS, signal);
    }
  }
}

/** What the SIM says of itself: `READY`, `SIM PIN` ... (3GPP TS 27.007 8.3). */
export async function simState(context: ModemContext, signal?: AbortSignal): Promise<string> {
  const { lines } = await whileSimBusy(context, signal, () =>
    context.channel.command('AT+CPIN?', { signal }),
  );
  return fieldsOf(lines[0] ?? '')[0] ?? '';
}

async function untilUnlocked(context: ModemContext, signal?: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await simState(context, signal);
    if (state !== 'SIM PIN' || attempt === BUSY_TRIES) return state;
    await context.clock.sleep(BUSY_PAUSE_MS, signal);
  }
}

async function enterPin(
  context: ModemContext,
  { pin, pinMemory }: SimOptions,
  signal?: AbortSignal,
): Promise<void> {
  const { channel, log } = context;
  const what = `the SIM at ${channel.path}`;
  if (pin === undefined) throw simError('sim-pin-required', `${what} wants a PIN, and none is configured`);
  if (!/^\d{4,8}$/.test(pin))
    throw simError('sim-pin-required', `${what} wants a PIN: expected 4 to 8 digits`);
  const key = createHash('sha256').update(`ringpost pin ${pin}`).digest('hex').slice(0, 16);
  const left = await attemptsLeft(context, signal);
  log.info({ left }, 'the SIM wants its PIN');
  // With all attempts left, the last one did not fail: the power went before it could be forgotten.
  if (pinMemory?.failedFor(key) && left !== ALL_ATTEMPTS) {
    throw simError('sim-pin-refused', `${what}: this PIN did not open it before; it is not tried again`);
  }
  if (left !== undefined && left <= 1) {
    throw simError(
      'sim-pin-last-attempt',
      `${what}: ${left} PIN attempts are left; unlock it in a telephone`,
    );
  }
  await pinMemory?.remember(key);
  await channel
    .command(`AT+CPIN="${pin}"`, { shown: 'AT+CPIN=…', timeout: PIN_TIMEOUT_MS, signal })
    .catch((cause: unknown) => {
      if (!isRefusal(cause)) throw cause;
      throw simError('sim-pin-refused', `${what} refused the PIN; it is not tried again`, cause);
    });
  await pinMemory?.forget(key);
}

/** Undefined when the modem has no command that tells. */
async function attemptsLeft({ channel, profile }: ModemContext, signal?: AbortSignal) {
  for (const command of profile.pinAttempts) {
    const reply = await channel.command(command, { signal }).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
    const numbers = (reply?.lines ?? []).flatMap(fieldsOf).map(numberOf);
    const left = numbers.find((number) => number !== undefined);
    if (left !== undefined) return left;
  }
  return undefined;
}

function lockedError({ channel }: ModemContext, state: string): ModemError {
  if (state === 'SIM PUK') {
    return simError('sim-puk-required', `the SIM at ${channel.path} wants its PUK; unlock it in a telephone`);
  }
  return simError('sim-locked', `AT+CPIN? on ${channel.path}: ${JSON.stringify(state)} instead of READY`);
}

function simError(code: string, message: string, cause?: unknown): ModemError {
  return new ModemError(message, { code, cause });
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof ModemError)) return false;
  const codes = error.code === 'cme-error' || error.code === 'cms-error' ? BUSY_CODES[error.code] : [];
  return codes.includes(Number(error.fields.number));
}
