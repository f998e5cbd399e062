import { join } from 'node:path';
import { z } from 'zod';
import { openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import type { Limits } from '../policy.ts';

/** Whose budget a session uses. What the user starts is counted and never refused. */
export type BudgetKind = 'sms' | 'call' | 'user';

/** What was used up to now. */
export interface Usage {
  readonly sessionsLastHour: number;
  readonly sessionsLastDay: number;
  readonly bytesToday: number;
  readonly bytesThisMonth: number;
}

/** Sessions and bytes used, kept across reboots. */
export interface Budget {
  /** Why no session may start now, in words; undefined when one may. */
  refusal(kind: BudgetKind, now: number): string | undefined;
  /** Counts a session, durably, before it starts. */
  start(kind: BudgetKind, now: number): Promise<void>;
  /** Counts the bytes of a session. */
  spend(kind: BudgetKind, bytes: number, now: number): Promise<void>;
  usage(kind: BudgetKind, now: number): Usage;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONTH_DAYS = 31;

const account = z.object({
  /** When sessions of the last 24 hours started, milliseconds since 1970. */
  starts: z.array(z.number()),
  /** Bytes for each of the last 31 days, keyed by days since 1970. */
  bytes: z.record(z.string(), z.number()),
});
const accounts = z.object({ sms: account, call: account, user: account });
type Account = z.infer<typeof account>;

export interface BudgetOptions {
  readonly directory: string;
  readonly limits: Readonly<Record<BudgetKind, Limits>>;
  readonly files?: Files | undefined;
}

export async function openBudget({ directory, limits, files }: BudgetOptions): Promise<Budget> {
  const empty = (): Account => ({ starts: [], bytes: {} });
  const document = await openDocument({
    path: join(directory, 'budget.json'),
    schema: accounts,
    initial: { sms: empty(), call: empty(), user: empty() },
    ...(files ? { files } : {}),
  });
  const usage = (kind: BudgetKind, now: number) => usageOf(document.data[kind], now);
  return {
    usage,
    refusal: (kind, now) => refusal(limits[kind], usage(kind, now)),
    start: (kind, now) =>
      document.update((data) => {
        forget(data[kind], now);
        data[kind].starts.push(now);
      }),
    spend: (kind, bytes, now) =>
      document.update((data) => {
        forget(data[kind], now);
        const day = dayOf(now);
        data[kind].bytes[day] = (data[kind].bytes[day] ?? 0) + bytes;
      }),
  };
}

function refusal(limits: Limits, used: Usage): string | undefined {
  const rows = [
    [used.sessionsLastHour, limits.sessionsPerHour, 'sessions in the last hour'],
    [used.sessionsLastDay, limits.sessionsPerDay, 'sessions in the last 24 hours'],
    [used.bytesToday, limits.bytesPerDay, 'bytes today'],
    [used.bytesThisMonth, limits.bytesPerMonth, 'bytes in the last 31 days'],
  ] as const;
  const over = rows.find(([amount, limit]) => limit !== undefined && amount >= limit);
  return over && `the budget is used up: ${over[0]} of ${over[1]} ${over[2]}`;
}

function usageOf({ starts, bytes }: Account, now: number): Usage {
  const today = dayOf(now);
  const recent = Object.entries(bytes).filter(([day]) => Number(day) > today - MONTH_DAYS);
  return {
    sessionsLastHour: starts.filter((at) => at > now - HOUR).length,
    sessionsLastDay: starts.filter((at) => at > now - DAY).length,
    bytesToday: bytes[today] ?? 0,
    bytesThisMonth: recent.reduce((sum, [, count]) => sum + count, 0),
  };
}

function forget(account: Account, now: number): void {
  account.starts = account.starts.filter((at) => at > now - DAY);
  const oldest = dayOf(now) - MONTH_DAYS;
  account.bytes = Object.fromEntries(Object.entries(account.bytes).filter(([day]) => Number(day) > oldest));
}

function dayOf(now: number): number {
  return Math.floor(now / DAY);
}
