import { withDeadline } from '../base/deadline.ts';
import { DeadlineError } from '../base/errors.ts';
import { settlable } from '../base/settlable.ts';
import type { ModemContext } from './context.ts';
import { fieldsOf, numberOf, rawFieldsOf } from './info-line.ts';
import { isRefusal } from './initialise.ts';
import type { Registration } from './modem.ts';

/** +CREG, +CGREG, +CEREG <stat> (3GPP TS 27.007 7.2, 10.1.20, 10.1.22). */
const STATES: readonly { text: string; registered?: true; roaming?: true }[] = [
  { text: 'not registered, not searching' },
  { text: 'registered, home network', registered: true },
  { text: 'not registered, searching' },
  { text: 'denied' },
  { text: 'not known (out of coverage?)' },
  { text: 'registered, roaming', registered: true, roaming: true },
  { text: 'registered for SMS only, home network', registered: true },
  { text: 'registered for SMS only, roaming', registered: true, roaming: true },
  { text: 'emergency calls only' },
  { text: 'registered, home network, CSFB not preferred', registered: true },
  { text: 'registered, roaming, CSFB not preferred', registered: true, roaming: true },
];
const DENIED = 3;

/** Reject causes of mobility management (3GPP TS 24.008 10.5.3.6). */
const CAUSES = new Map([
  [2, 'IMSI unknown in HLR'],
  [3, 'illegal MS'],
  [5, 'IMEI not accepted'],
  [6, 'illegal ME'],
  [7, 'GPRS services not allowed'],
  [8, 'GPRS and non-GPRS services not allowed'],
  [11, 'PLMN not allowed'],
  [12, 'location area not allowed'],
  [13, 'roaming not allowed in this location area'],
  [14, 'GPRS services not allowed in this PLMN'],
  [15, 'no suitable cells in location area'],
  [17, 'network failure'],
  [22, 'congestion'],
]);

/** The circuit-switched network first: SMS and calls need it, or EPS with the same states. */
const COMMANDS = ['+CREG', '+CEREG', '+CGREG'];
const PAUSE_MS = 2000;

interface Status {
  readonly state: number;
  readonly cause: number | undefined;
}

/** A registration that also says whether waiting for a better one is of use. */
export interface RegistrationStatus extends Registration {
  readonly denied: boolean;
}

/** Asks for the registration: the first network that has the modem counts, else why the first one has not. */
export async function readRegistration(
  context: ModemContext,
  signal?: AbortSignal,
): Promise<RegistrationStatus> {
  const all: Status[] = [];
  for (const name of COMMANDS) {
    const status = await ask(context, name, signal);
    if (status && STATES[status.state]?.registered) return describeStatus(status);
    if (status) all.push(status);
  }
  const telling = all.find(({ state }) => state === DENIED) ?? all[0];
  if (!telling) return describeSilence('the modem does not tell');
  if (telling.state !== DENIED || telling.cause !== undefined) return describeStatus(telling);
  return describeStatus(telling, await extendedReport(context, signal));
}

/** Waits until the modem is registered or the network denies it, at most `ms`; returns the last state. */
export async function waitForRegistration(
  context: ModemContext,
  ms: number,
  signal?: AbortSignal,
): Promise<Registration> {
  let last = describeSilence('no answer');
  const wait = { what: `registration on ${context.channel.path}`, ms, signal };
  const poll = async (over: AbortSignal) => {
    for (;;) {
      last = await readRegistration(context, over);
      if (last.registered || last.denied) return;
      await changeOrPause(context, over);
    }
  };
  await withDeadline(context.clock, wait, poll).catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error;
  });
  return last;
}

/** A registration URC is as good a reason to ask again as the end of the pause. */
async function changeOrPause({ channel, clock }: ModemContext, signal: AbortSignal): Promise<void> {
  const changed = settlable();
  const stop = channel.onUrc((line) => {
    if (COMMANDS.some((name) => line.startsWith(`${name}:`))) changed.resolve();
  });
  const over = new AbortController();
  const sleep = clock.sleep(PAUSE_MS, AbortSignal.any([over.signal, signal]));
  try {
    await Promise.race([sleep, changed.promise]);
  } finally {
    stop();
    over.abort();
    sleep.catch(() => {});
  }
}

async function ask(
  { channel }: ModemContext,
  name: string,
  signal?: AbortSignal,
): Promise<Status | undefined> {
  const reply = await channel.command(`AT${name}?`, { signal }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
  const statuses = (reply?.lines ?? []).map(parseStatus).filter((status) => status !== undefined);
  return statuses[statuses.length - 1];
}

/**
 * `+CREG: <n>,<stat>[,…]` is a reply; `+CREG: <stat>[,<lac>,<ci>…]` is a URC that came between. The place
 * after a URC's state is a string or hexadecimal, never one small number.
 */
export function parseStatus(line: string): Status | undefined {
  const raw = rawFieldsOf(line);
  const isReply = raw.length > 1 && /^\d{1,2}$/.test(raw[1] ?? '');
  const fields = isReply ? raw.slice(1) : raw;
  const state = numberOf(fields[0]);
  if (state === undefined) return undefined;
  // <stat>,<lac>,<ci>,<AcT>,<cause_type>,<reject_cause>: only with <n>=3, and 0 is the type "3GPP cause".
  const cause = fields[4] === '0' ? numberOf(fields[5]) : undefined;
  return { state, cause };
}

async function extendedReport({ channel }: ModemContext, signal?: AbortSignal): Promise<string | undefined> {
  const reply = await channel.command('AT+CEER', { signal }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
  return fieldsOf(reply?.lines[0] ?? '').join(', ') || undefined;
}

function describeSilence(text: string): RegistrationStatus {
  return { registered: false, roaming: false, denied: false, text };
}

function describeStatus({ state, cause }: Status, report?: string): RegistrationStatus {
  const known = STATES[state] ?? { text: `state ${state}` };
  const reason =
    cause === undefined ? report : `${CAUSES.get(cause) ?? 'not a known reason'} (cause ${cause})`;
  return {
    registered: known.registered ?? false,
    roaming: known.roaming ?? false,
    denied: state === DENIED,
    text: state === DENIED && reason ? `denied: ${reason}` : known.text,
  };
}
