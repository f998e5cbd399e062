/** How one family of modems differs from another; data only. */
export interface Personality {
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly revision: string;
  /** Unsolicited lines after power-on or reset, in their order; the SIM's come when it is unlocked. */
  readonly bootLines: readonly string[];
  /** Whether `+CGMR` and `ATI` name what they tell (`+CGMR: LE20...`). */
  readonly labelledRevision: boolean;
  /** Lines at the begin and end of voice calls; undefined: none. `%s` is replaced by the seconds, six digits. */
  readonly callBegin: string | undefined;
  readonly callEnd: string | undefined;
  /** Line for a call that stopped ringing; `%n` is its number. */
  readonly missedCall: string | undefined;
  /** Default of `+CVHU`: with 1, ATH does not end voice calls (3GPP TS 27.007 6.20). */
  readonly cvhu: number;
  readonly smsSlots: { readonly SM: number; readonly ME: number };
  /** Number of the first slot. */
  readonly firstIndex: number;
  /** Whether unsolicited lines wait for the end of a data call on the same terminal (3GPP TS 27.005 3.4.1, mode 2). */
  readonly keepsUrcsInData: boolean;
  /** The dialect of its TCP sockets; undefined: it has none. */
  readonly sockets: 'simcom' | 'sim800' | 'quectel' | undefined;
  /** How it sleeps; undefined: it does not. */
  readonly sleep?: SleepPersonality | undefined;
}

/** When a modem sleeps, by the value of a setting. Asleep it loses what it is sent, and says what it has to say. */
export interface SleepPersonality {
  readonly setting: string;
  /** Value with which it sleeps while DTR is off, or not wired; undefined: none. */
  readonly byDtr: number | undefined;
  /** Value with which it sleeps when the line was quiet for `quietMs`; what it is sent then wakes it. */
  readonly byItself: number | undefined;
  readonly quietMs: number;
  /** From waking until it hears; what comes before is lost. */
  readonly wakeMs: number;
}

export const SIM7600: Personality = {
  name: 'sim7600',
  manufacturer: 'SIMCOM INCORPORATED',
  model: 'SIMCOM_SIM7600G-H',
  revision: 'LE20B04SIM7600G22',
  bootLines: ['RDY', '+CPIN: READY', 'SMS DONE', 'PB DONE'],
  labelledRevision: true,
  callBegin: 'VOICE CALL: BEGIN',
  callEnd: 'VOICE CALL: END: %s',
  missedCall: 'MISSED_CALL: %t %n',
  cvhu: 1,
  smsSlots: { SM: 40, ME: 23 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: 'simcom',
  sleep: { setting: '+CSCLK', byDtr: 1, byItself: undefined, quietMs: 100, wakeMs: 20 },
};

/** What 3GPP TS 27.005, TS 27.007 and V.250 ask for, and nothing else. */
export const GENERIC: Personality = {
  name: 'generic',
  manufacturer: 'Ringpost',
  model: 'Simulated modem',
  revision: '1.0',
  bootLines: ['RDY', '+CPIN: READY', 'Call Ready', 'SMS Ready'],
  labelledRevision: false,
  callBegin: undefined,
  callEnd: undefined,
  missedCall: undefined,
  cvhu: 0,
  smsSlots: { SM: 30, ME: 100 },
  firstIndex: 1,
  keepsUrcsInData: true,
  sockets: undefined,
};

/** By name, for configuration and command lines. */
export const PERSONALITIES: Readonly<Record<string, Personality>> = { sim7600: SIM7600, generic: GENERIC };
