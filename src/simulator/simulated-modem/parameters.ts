/** A setting that is one number: read with `?`, set with `=`, tested with `=?`. */
export interface Parameter {
  readonly initial: number;
  readonly allowed: readonly number[];
  /** Survives ATZ and AT&F (it is not part of a profile, as +CFUN and +CGATT). */
  readonly sticky?: boolean;
  /** Appended to what `?` shows. */
  readonly shownAfter?: string;
}

const OFF_ON = [0, 1] as const;

/** Commands that this modem keeps and shows, by name. What some of them do stands in the behaviours that ask for them. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  '+CMEE': { initial: 0, allowed: [0, 1, 2] },
  '+CLIP': { initial: 0, allowed: OFF_ON, shownAfter: ',1' },
  '+CLIR': { initial: 0, allowed: [0, 1, 2], shownAfter: ',4' },
  '+COLP': { initial: 0, allowed: OFF_ON, shownAfter: ',0' },
  '+CRC': { initial: 0, allowed: OFF_ON },
  '+CTZU': { initial: 0, allowed: OFF_ON },
  '+CTZR': { initial: 0, allowed: OFF_ON },
  '+CSDH': { initial: 0, allowed: OFF_ON },
  '+CMMS': { initial: 0, allowed: [0, 1, 2] },
  '+CVHU': { initial: 0, allowed: [0, 1] },
  '+CSCLK': { initial: 0, allowed: [0, 1, 2] },
  '+QSCLK': { initial: 0, allowed: OFF_ON },
  '+MORING': { initial: 0, allowed: OFF_ON },
  '+CMGF': { initial: 0, allowed: OFF_ON },
  '+CIPMODE': { initial: 0, allowed: [0] },
  '+CGEREP': { initial: 0, allowed: [0, 1, 2], shownAfter: ',0' },
  '+CSSN': { initial: 0, allowed: OFF_ON, shownAfter: ',0' },
  '+CCWA': { initial: 0, allowed: OFF_ON },
  '+CUSD': { initial: 0, allowed: [0, 1, 2] },
  '+CR': { initial: 0, allowed: OFF_ON },
  '+CNMP': { initial: 2, allowed: [2, 13, 14, 38] },
  '+CREG': { initial: 0, allowed: [0, 1, 2] },
  '+CGREG': { initial: 0, allowed: [0, 1, 2] },
  '+CEREG': { initial: 0, allowed: [0, 1, 2] },
  '+CGATT': { initial: 1, allowed: OFF_ON, sticky: true },
  '+CMER': { initial: 0, allowed: [0, 1, 2, 3], shownAfter: ',0,0,0,0' },
  '+IPR': {
    initial: 115200,
    allowed: [0, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600],
    sticky: true,
  },
};

/** The values of all settings. */
export class ParameterValues {
  readonly #values = new Map<string, number>();
  readonly #initial: Readonly<Record<string, number>>;

  /** `initial`: where a personality begins with another value. */
  constructor(initial: Readonly<Record<string, number>>) {
    this.#initial = initial;
  }

  get(name: string): number {
    return this.#values.get(name) ?? this.#initial[name] ?? PARAMETERS[name]?.initial ?? 0;
  }

  set(name: string, value: number): void {
    this.#values.set(name, value);
  }

  /** ATZ and AT&F. */
  restore(): void {
    for (const name of [...this.#values.keys()]) {
      if (!PARAMETERS[name]?.sticky) this.#values.delete(name);
    }
  }
}
