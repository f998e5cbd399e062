import { newerSettings } from '../../bus/settings.ts';
import type { Hello, Report, Settings, Target, Trigger } from '../../bus/topics.ts';
import { charge, giveBack, isSpentInFuture, spentByNow } from './budget.ts';
import { effective } from './decide.ts';
import { type GatewayTrouble, gatewayWait, longestWait, type Policy, rungOf, waitOf } from './policy.ts';
import type { DeviceState, Outstanding, Owed } from './state.ts';

/** What events do to a device's state. Each changes a draft that is then stored durably, whole. */

const EVENTS_KEPT = 256;
/** Mailboxes of one device; more are refused, so that a broken mail server does not fill the disk. */
export const MAX_MAILBOXES = 1000;
/** A counter of a device that no server reached in any honest way; believing it would lock the device out. */
const LAST_COUNTER = 2 ** 48 - 2 ** 20;

/** Whether this first trigger was stored before. */
export function isKnownEvent(state: DeviceState, event: string): boolean {
  return state.events.includes(event);
}

/** Whether the device has reported a place beyond it already. */
export function isReached(state: DeviceState, wanted: Target): boolean {
  return state.reached.some((place) => covers(place, wanted));
}

/** New mail is owed until a report reaches it. */
export function recordTrigger(state: DeviceState, trigger: Trigger): void {
  recordEvent(state, trigger.event);
  if (isReached(state, trigger)) return;
  const { mailbox, uidvalidity, uidnext, count, size } = trigger;
  const before = state.owed.find((owed) => owed.mailbox === mailbox);
  const more = { mailbox, uidvalidity, uidnext, count, size };
  state.owed = [...state.owed.filter((owed) => owed !== before), before ? added(before, more) : more];
  // It was answered and brought nothing; new mail is a new reason, by the ordinary rules.
  if (state.outstanding?.phase === 'fruitless') state.outstanding = null;
  // Nobody answered up to the ladder's end: it is worth the last rung once more.
  if (state.outstanding?.phase === 'exhausted') {
    state.outstanding = { ...state.outstanding, phase: 'renewed', attempt: state.outstanding.attempt - 1 };
  }
}

/** What goes on the disk before a gateway is called: counter, budget, the attempt itself. */
export function recordSending(
  state: DeviceState,
  sending: { request: string; attempt: number; now: number; policy: Policy },
): void {
  const { request, attempt, now, policy } = sending;
  const seconds = Math.floor(now / 1000);
  state.counter = Math.max(state.counter + 1, seconds, state.reportedCounter + 1);
  charge(state, now);
  const due = now + waitOf(policy, attempt);
  const failures = state.outstanding?.failures ?? 0;
  state.outstanding = { request, attempt, phase: 'sending', due, failures };
}

/** The gateway took it: the report is awaited from now on. */
export function recordSent(state: DeviceState, request: string, now: number, policy: Policy): void {
  const mine = sending(state, request);
  if (!mine) return;
  state.outstanding = { ...mine, phase: 'sent', due: now + waitOf(policy, mine.attempt), failures: 0 };
}

/** No gateway took it: the same rung again later, and the budget back when surely nothing left. */
export function recordNotSent(
  state: DeviceState,
  request: string,
  failed: { now: number; policy: Policy; surely: boolean; trouble: GatewayTrouble },
): void {
  // Also when off, or the device itself, came first: only one is at a gateway at a time, so the last is this one.
  if (failed.surely) giveBack(state);
  const mine = sending(state, request);
  if (!mine) return;
  const failures = mine.failures + 1;
  const due = failed.now + gatewayWait(failed.policy, failures, failed.trouble, failed.now);
  state.outstanding = { ...mine, attempt: mine.attempt - 1, phase: 'sent', due, failures };
}

/** The ladder is over: nothing more until the device comes by itself or new mail arrives. */
export function recordExhausted(state: DeviceState, now: number, policy: Policy): void {
  const attempt = policy.ladder.length - 1;
  const due = Math.max(now, (state.sent.at(-1) ?? 0) + rungOf(policy, attempt).waitMs);
  state.outstanding = {
    request: state.outstanding?.request ?? '',
    attempt,
    phase: 'exhausted',
    due,
    failures: 0,
  };
}

/** At a start: an attempt that nobody knows the end of is made again at once, with a new counter. */
export function recordRestart(state: DeviceState, now: number): void {
  if (state.outstanding?.phase !== 'sending') return;
  state.outstanding = {
    ...state.outstanding,
    attempt: state.outstanding.attempt - 1,
    phase: 'sent',
    due: now,
  };
}

/** It is reached in another way now: what no gateway took, and what nobody answered to the end, is tried anew. */
export function recordNewWay(state: DeviceState, now: number): void {
  const { outstanding } = state;
  if (!outstanding) return;
  if (outstanding.phase === 'exhausted') state.outstanding = null;
  else if (outstanding.failures > 0) outstanding.due = Math.min(outstanding.due, now);
}

/** The device is there: it gets time for its session before the ladder goes on. */
export function recordHello(
  state: DeviceState,
  hello: Hello,
  session: { request: string; answered: boolean; now: number; policy: Policy },
): void {
  if (hello.counter < LAST_COUNTER) state.reportedCounter = Math.max(state.reportedCounter, hello.counter);
  if (!session.answered || !effective(state).on) return;
  const due = session.now + session.policy.sessionMs;
  const attempt = attemptsOf(state);
  state.outstanding = { request: session.request, attempt, phase: 'session', due, failures: 0 };
}

/** Whether the clock was set back since: something is remembered that has not happened yet. */
export function isFromFuture(state: DeviceState, now: number, policy: Policy): boolean {
  return (state.lastSync ?? 0) > now || isSpentInFuture(state, now) || isTooLate(state, now, policy);
}

/** What has not happened yet happened now, else it would hold mail back until the clock is there again. */
export function recordClockSetBack(state: DeviceState, now: number, policy: Policy): void {
  if (state.lastSync !== null) state.lastSync = Math.min(state.lastSync, now);
  spentByNow(state, now);
  if (state.outstanding && isTooLate(state, now, policy)) state.outstanding.due = now;
}

function isTooLate(state: DeviceState, now: number, policy: Policy): boolean {
  const longest = Math.max(longestWait(policy), effective(state).intervalSeconds * 1000);
  return state.outstanding !== null && state.outstanding.due > now + longest;
}

/** How far up the ladder the device is, from -1. One that comes after nobody answered starts anew. */
function attemptsOf({ outstanding }: DeviceState): number {
  if (!outstanding || outstanding.phase === 'exhausted' || outstanding.phase === 'renewed') return -1;
  return outstanding.attempt;
}

/** `REQUEST:AT`, the same when a report comes twice. */
export function reportName(report: Report): string {
  return `${report.request ?? ''}:${report.at}`;
}

/** Clears what was reached, and only that. */
export function recordReport(state: DeviceState, report: Report, now: number, policy: Policy): void {
  const before = { owed: state.owed, reached: state.reached };
  state.lastReport = reportName(report);
  state.reached = furthest([...before.reached, ...report.reached]);
  state.owed = before.owed.flatMap((owed) => stillOwed(owed, report.reached));
  const progress = report.reached.some((place) => !before.reached.some((known) => covers(known, place)));
  const fruitful = state.owed.length < before.owed.length || (progress && report.result !== 'failed');
  if (fruitful || report.result === 'ok' || report.result === 'partial') state.lastSync = now;
  state.outstanding = fruitful || state.owed.length === 0 ? null : fruitless(state, now, policy);
}

/** An event that comes again counts once. */
export function recordEvent(state: DeviceState, event: string): void {
  state.events = [...state.events, event].slice(-EVENTS_KEPT);
}

/** Takes the device's settings; the draft's own side is merged by the caller. Whether anything is new. */
export function recordDeviceSettings(state: DeviceState, received: Settings): boolean {
  const known = state.settings.device ?? undefined;
  const newer = newerSettings(known, received);
  state.settings.device = newer;
  return newer !== known;
}

/** A session that brought nothing of what is owed goes on up the ladder, not round and round at the interval. */
function fruitless(state: DeviceState, now: number, policy: Policy): Outstanding {
  const attempt = attemptsOf(state);
  const wait = Math.max(waitOf(policy, attempt), effective(state).intervalSeconds * 1000);
  const request = state.outstanding?.request ?? '';
  return { request, attempt, phase: 'fruitless', due: now + wait, failures: 0 };
}

/** Whether a gateway's answer to this request is still awaited: neither off nor the device itself came first. */
export function isSending(state: DeviceState, request: string): boolean {
  return sending(state, request) !== undefined;
}

function sending(state: DeviceState, request: string): Outstanding | undefined {
  const { outstanding } = state;
  return outstanding?.request === request && outstanding.phase === 'sending' ? outstanding : undefined;
}

/** A later UIDVALIDITY is a mailbox made anew (RFC 9051 2.3.1.1): the old place means nothing any more. */
function covers(place: Target, wanted: Target): boolean {
  if (place.mailbox !== wanted.mailbox) return false;
  if (place.uidvalidity !== wanted.uidvalidity) return place.uidvalidity > wanted.uidvalidity;
  return place.uidnext >= wanted.uidnext;
}

function added(before: Owed, more: Owed): Owed {
  if (more.uidvalidity > before.uidvalidity) return more;
  if (more.uidvalidity < before.uidvalidity) return before;
  const uidnext = Math.max(before.uidnext, more.uidnext);
  return { ...before, uidnext, count: before.count + more.count, size: before.size + more.size };
}

function stillOwed(owed: Owed, reached: readonly Target[]): Owed[] {
  if (reached.some((place) => covers(place, owed))) return [];
  const here = reached.find((place) => place.mailbox === owed.mailbox);
  if (!here || here.uidvalidity !== owed.uidvalidity) return [owed];
  const count = Math.min(owed.count, owed.uidnext - here.uidnext);
  const size = owed.count === 0 ? owed.size : Math.round((owed.size * count) / owed.count);
  return [{ ...owed, count, size }];
}

function furthest(places: readonly Target[]): Target[] {
  const best = new Map<string, Target>();
  for (const place of places) {
    const known = best.get(place.mailbox);
    if (!known || !covers(known, place)) best.set(place.mailbox, place);
  }
  return [...best.values()].slice(-MAX_MAILBOXES);
}
