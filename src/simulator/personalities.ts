import { A7670 } from './personalities/a7670.ts';
import { BG96 } from './personalities/bg96.ts';
import { EC25 } from './personalities/ec25.ts';
import { GENERIC } from './personalities/generic.ts';
import { SARA_R4 } from './personalities/sara-r4.ts';
import { SARA_U2 } from './personalities/sara-u2.ts';
import { SIM800 } from './personalities/sim800.ts';
import { SIM7000 } from './personalities/sim7000.ts';
import { SIM7070 } from './personalities/sim7070.ts';
import { SIM7600 } from './personalities/sim7600.ts';

export { GENERIC, SIM7600 };

/** Commands of one vendor or another that the simulator can play; each family knows its own. */
export const VENDOR_COMMANDS = ['+SPIC', '+QPINC', '+UPINCNT', '+CSCLK', '+QSCLK', '+MORING'] as const;

export type VendorCommand = (typeof VENDOR_COMMANDS)[number];

/** Ports of a Quectel modem as +QURCCFG names them; `all`: every one. */
export const URC_PORTS = ['usbat', 'usbmodem', 'uart1', 'all'] as const;

export type UrcPortName = (typeof URC_PORTS)[number];

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
  /** Whether it has voice calls; without, no call reaches it and none is dialled. Default true. */
  readonly voice?: boolean;
  /** Commands of `VENDOR_COMMANDS` that it knows. */
  readonly vendorCommands?: readonly VendorCommand[];
  /** Commands of the standards that it answers with ERROR. */
  readonly refuses?: readonly string[];
  /** Port that unsolicited lines go to until +QURCCFG names another, as one that was used before had left it; undefined: the first. */
  readonly urcPort?: UrcPortName | undefined;
  /** Ports that +QURCCFG takes; default: each of `URC_PORTS`. Older firmware has no `all`. */
  readonly urcPorts?: readonly UrcPortName[];
  /** Whether it says a text when it starts, once it was told one (+CSGT, 3GPP TS 27.007 8.32). */
  readonly greets?: boolean;
  /** `+++` does not leave a data call. */
  readonly ignoresEscape?: boolean;
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

/** Families, by name, for configuration and command lines. */
export const PERSONALITIES: Readonly<Record<string, Personality>> = Object.fromEntries(
  [SIM7600, A7670, SIM800, SIM7000, SIM7070, EC25, BG96, SARA_U2, SARA_R4, GENERIC].map((one) => [
    one.name,
    one,
  ]),
);
