import type { Policy } from './policy.ts';
import type { DeviceState } from './state.ts';

/** What was sent to one device. `sent`: each of the last 24 hours, milliseconds since 1970; before that, a count a day. */
type Spent = Pick<DeviceState, 'sent' | 'sentByDay'>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;

/** So many triggers stop counting at this time. */
interface Release {
  readonly at: number;
  readonly count: number;
}

/** When the next trigger is within the budgets: now or later. */
export function budgetFreeAt(spent: Spent, now: number, policy: Policy): number {
  const single = (window: number): Release[] => spent.sent.map((at) => ({ at: at + window, count: 1 }));
  // A day counts until its last trigger may have been 30 days ago.
  const days = spent.sentByDay.map(({ day, count }) => ({ at: (day + 1) * DAY + MONTH, count }));
  return Math.max(
    now,
    freeAt(single(HOUR), policy.perHour, now),
    freeAt(single(DAY), policy.perDay, now),
    freeAt([...days, ...single(MONTH)], policy.perMonth, now),
  );
}

/** Counts a trigger, before it is sent. */
export function charge(spent: Spent, now: number): void {
  for (const at of spent.sent) if (at <= now - DAY) countDay(spent.sentByDay, Math.floor(at / DAY), 1);
  spent.sent = [...spent.sent.filter((at) => at > now - DAY), now];
  spent.sentByDay = spent.sentByDay.filter(({ day }) => (day + 1) * DAY > now - MONTH);
}

/** Surely nothing left: the last one does not count. */
export function giveBack(spent: Spent): void {
  spent.sent = spent.sent.slice(0, -1);
}

/** Whether something was sent that has not happened yet: the clock was set back. */
export function isSpentInFuture({ sent, sentByDay }: Spent, now: number): boolean {
  return sent.some((at) => at > now) || sentByDay.some(({ day }) => day > Math.floor(now / DAY));
}

/** What has not happened yet happened now. It still counts, else setting the clock back would open the budget. */
export function spentByNow(spent: Spent, now: number): void {
  const today = Math.floor(now / DAY);
  const days = spent.sentByDay;
  spent.sent = spent.sent.map((at) => Math.min(at, now));
  spent.sentByDay = [];
  for (const { day, count } of days) countDay(spent.sentByDay, Math.min(day, today), count);
}

function countDay(days: Spent['sentByDay'], day: number, count: number): void {
  const known = days.find((one) => one.day === day);
  if (known) known.count += count;
  else days.push({ day, count });
}

function freeAt(releases: readonly Release[], limit: number, now: number): number {
  const counting = releases.filter(({ at }) => at > now).sort((one, other) => one.at - other.at);
  let tooMany = counting.reduce((sum, { count }) => sum + count, 0) - limit + 1;
  for (const { at, count } of counting) {
    if (tooMany <= 0) break;
    tooMany -= count;
    if (tooMany <= 0) return at;
  }
  return now;
}
