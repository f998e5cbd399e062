/** What is done after a data session that could not be opened, gentlest first. */
export type Rung = 'again' | 'reattach' | 'reset' | 'power-cycle';

export interface LadderPolicy {
  /** Milliseconds before the same is tried again. */
  readonly pauseMs: number;
  /** Shortest time between two resets, and between two power cycles, in milliseconds. */
  readonly resetEveryMs: number;
  readonly powerEveryMs: number;
}

export const defaultLadder: LadderPolicy = {
  pauseMs: 2000,
  resetEveryMs: 600_000,
  powerEveryMs: 1_800_000,
};

/** Where the ladder stands; kept from one session to the next. */
export interface LadderState {
  /** Rungs climbed since the last session that came up. */
  readonly climbed: number;
  readonly lastReset: number | undefined;
  readonly lastPower: number | undefined;
}

export const atTheFoot: LadderState = { climbed: 0, lastReset: undefined, lastPower: undefined };

export interface LadderStep {
  /** undefined: this session is given up; the next one goes on from `state`. */
  readonly rung: Rung | undefined;
  readonly state: LadderState;
}

/**
 * The next rung after a temporary failure at `at` (monotonic milliseconds). Bounded: each rung once, then the session is
 * given up; what costs the user the telephone for a while is rare, however often sessions fail.
 */
export function climb(
  state: LadderState,
  at: number,
  hasPower: boolean,
  policy: LadderPolicy = defaultLadder,
): LadderStep {
  const rungs: readonly Rung[] = [
    'again',
    'reattach',
    'reset',
    ...(hasPower ? (['power-cycle'] as const) : []),
  ];
  const rung = rungs[state.climbed];
  if (rung === undefined) return { rung, state: { ...state, climbed: 0 } };
  if (rung === 'reset' && within(state.lastReset, at, policy.resetEveryMs)) return giveUp(state);
  if (rung === 'power-cycle' && within(state.lastPower, at, policy.powerEveryMs)) return giveUp(state);
  return {
    rung,
    state: {
      climbed: state.climbed + 1,
      lastReset: rung === 'reset' ? at : state.lastReset,
      lastPower: rung === 'power-cycle' ? at : state.lastPower,
    },
  };
}

/** A session came up: all is well again, but what was done is not forgotten. */
export function atRest(state: LadderState): LadderState {
  return { ...state, climbed: 0 };
}

/** Too early for this rung: the next session starts gently again. */
function giveUp(state: LadderState): LadderStep {
  return { rung: undefined, state: { ...state, climbed: 0 } };
}

function within(last: number | undefined, at: number, ms: number): boolean {
  return last !== undefined && at - last < ms;
}
