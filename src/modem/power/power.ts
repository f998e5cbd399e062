/** Takes the power of the modem away and gives it back; resolves when it answers again, or its time for that is over. */
export interface Power {
  cycle(signal: AbortSignal): Promise<void>;
}

/** Whether the modem answers now; takes seconds when it does not. Rejects only with the signal's reason. */
export type Answers = (signal: AbortSignal) => Promise<boolean>;

/**
 * What switches a modem on and off, for as long as it is not disposed of: power that is held ends with it. Errors: ModemError
 * `power-failed` and `power-missing`.
 */
export interface PowerSupply extends AsyncDisposable {
  /** Holds the power where it must be held; a modem that is on by chance loses it otherwise. Does nothing where it is held. */
  hold(signal: AbortSignal): Promise<void>;
  /** Switches on what does not answer; what answers is left alone. Resolves when it answers, or its time for that is over. */
  on(answers: Answers, signal: AbortSignal): Promise<void>;
  /** Off and on again. Resolves as `on` does. */
  cycle(answers: Answers, signal: AbortSignal): Promise<void>;
}
