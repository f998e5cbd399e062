import type { EffectiveSettings } from '../../bus/settings.ts';

/** What a user may choose; absent: as it is. */
export interface Choice {
  readonly on?: boolean | undefined;
  readonly intervalSeconds?: number | undefined;
}

/**
 * What the user of a mailbox changed: what its annotations show beside what they should show. `ours` are the values that
 * we may have written there, or have read: an old one of them is a write that is still to come, not a choice.
 */
export function chosen(
  shown: Choice,
  ours: readonly Choice[],
  should: Choice | undefined,
): Choice | undefined {
  const on = news(
    shown.on,
    should?.on,
    ours.map((one) => one.on),
  );
  const intervalSeconds = news(
    shown.intervalSeconds,
    should?.intervalSeconds,
    ours.map((one) => one.intervalSeconds),
  );
  if (on === undefined && intervalSeconds === undefined) return undefined;
  return { ...(on !== undefined && { on }), ...(intervalSeconds !== undefined && { intervalSeconds }) };
}

/** What is in force with the user's choice, which the message server does not know yet. */
export function withChoice(agreed: EffectiveSettings, choice: Choice | null): EffectiveSettings {
  return {
    on: choice?.on ?? agreed.on,
    intervalSeconds: choice?.intervalSeconds ?? agreed.intervalSeconds,
  };
}

export function shows(shown: Choice, should: EffectiveSettings): boolean {
  return shown.on === should.on && shown.intervalSeconds === should.intervalSeconds;
}

function news<T>(
  shown: T | undefined,
  should: T | undefined,
  ours: readonly (T | undefined)[],
): T | undefined {
  return shown === undefined || shown === should || ours.includes(shown) ? undefined : shown;
}
