import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { fileName, HardwareFiles, longestMatch, parseHardware, pattern } from './hardware-files.ts';

const command = z.string().regex(/^AT[\x20-\x7e]*$/, 'expected an AT command');

/** One setting: written only when the answer to the query differs. */
const entry = z.strictObject({
  set: command,
  query: command.optional(),
  /** An information line whose fields the answer must begin with, or several of which one will do. */
  expect: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  /** Only where the line is a USB port of the modem, or only where it is not; default: both. */
  line: z.enum(['usb', 'uart']).optional(),
  /** The modem may refuse it. */
  optional: z.boolean().default(false),
  /** Seconds; default 5. Some settings ask the network. */
  seconds: z.number().positive().max(120).optional(),
});

const rung = z.strictObject({
  /** `{id}` stands for the id of each voice call in +CLCC. */
  commands: z.array(command).min(1),
  /** It would end a data call as well, and is left out while there is one. */
  endsData: z.boolean().default(false),
});

const data = z.strictObject({
  /** Commands that open the data call, tried in their order until one is taken: `ATD*99#`. */
  dial: z.array(command).min(1),
  /** Made before each dialling. */
  settings: z.array(entry).default([]),
  /** How it is left: `plus` is `+++` between pauses (V.250 S12), `dtr` drops DTR, and falls back to `plus` without that wire. */
  escape: z.enum(['plus', 'dtr']).default('plus'),
});

/** USB ports of a family: `usb` are `vendor:product` ids, `at` and `data` interface numbers. */
const usbPorts = z.strictObject({
  usb: z
    .array(z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/, 'expected vendor:product in hexadecimal'))
    .min(1),
  at: z.int().min(0),
  /** null: the AT port carries data calls as well. */
  data: z.int().min(0).nullable(),
});

const sleep = z.strictObject({
  /** `dtr`: sleeps while DTR is off. `idle`: sleeps by itself when the line is quiet, and loses the bytes that wake it. */
  how: z.enum(['dtr', 'idle']),
  enter: z.array(entry).min(1),
  /** Switches it off again. */
  leave: z.array(entry).min(1),
  /** Of `idle`: it sleeps when the line was quiet for so long. */
  afterSeconds: z.number().positive().max(120).default(5),
  /** From DTR, or the first byte, until it hears a command; milliseconds. */
  wakeMs: z.int().min(0).max(5000).default(100),
});

const schema = z.strictObject({
  name: fileName,
  description: z.string(),
  /** Regular expressions on the answer to AT+CGMM; the longest match chooses the profile. */
  models: z.array(pattern),
  /** Before the SIM is looked at. */
  init: z.array(entry),
  /** Once the SIM is unlocked. */
  settings: z.array(entry),
  /** Where SMS are kept, best first (+CPMS). */
  smsStorages: z.array(z.string().regex(/^[A-Z]{2}$/, 'expected a storage such as SM')).min(1),
  /** Beginnings of lines that tell that the modem has started again. */
  resetMarkers: z.array(z.string().min(1)),
  /** Beginnings of lines that tell that the SMS store is full. */
  storeFullMarkers: z.array(z.string().min(1)),
  /** Commands that tell how many PIN attempts are left, tried in their order. */
  pinAttempts: z.array(command),
  /** The hang-up ladder, gentlest first. */
  hangUp: z.array(rung).min(1),
  /** Dialect of its TCP sockets; null: none that is known here. */
  sockets: z.enum(['sim7600', 'sim800', 'quectel']).nullable(),
  /** Whether it can take a voice call, which a call trigger needs. */
  voice: z.boolean(),
  data,
  /** One entry for each set of USB ids with its own numbering; empty: UART only. */
  ports: z.array(usbPorts),
  /** Leaves the packet network and joins it again. */
  reattach: z.array(command).min(1),
  /** Restarts the modem. */
  reset: command,
  /** How it sleeps between sessions with SMS reception on; null: not known, so it is left awake. */
  sleep: sleep.nullable(),
  /** Where the facts come from: manuals with version and chapter. */
  sources: z.array(z.string().min(1)),
  /** Prefixes of the URCs of this family that 3GPP TS 27.005 and 27.007 do not name. */
  urcs: z.array(z.string().min(1)),
});

/** What is particular about a family of modems: a file in `hardware/modems/`. */
export type Profile = z.infer<typeof schema>;
export type ProfileEntry = z.infer<typeof entry>;
export type ProfileSleep = z.infer<typeof sleep>;

/** Two levels up from `src/modem` as from `dist/modem`. */
const DIRECTORY = fileURLToPath(new URL('../../hardware/modems/', import.meta.url));
const FALLBACK = 'generic';

/** Reads a profile by its name. Throws ConfigError with file and key. */
export function loadProfile(name: string, directory = DIRECTORY): Promise<Profile> {
  return profilesIn(directory).load(name);
}

/** All of them, in the order of their names. */
export function loadProfiles(directory = DIRECTORY): Promise<Profile[]> {
  return profilesIn(directory).all();
}

/** The profile for a modem by what it answers to AT+CGMM; `generic` when none knows it. */
export async function chooseProfile(model: string, directory = DIRECTORY): Promise<Profile> {
  const profiles = await loadProfiles(directory);
  return longestMatch(profiles, ({ models }) => models, [model]) ?? loadProfile(FALLBACK, directory);
}

/** The profile without the settings that are meant for another kind of line. */
export function profileOnLine(profile: Profile, usb: boolean): Profile {
  const kind = usb ? 'usb' : 'uart';
  return { ...profile, settings: profile.settings.filter(({ line = kind }) => line === kind) };
}

/** Checks the content of a profile; `file` is only named in errors. */
export function parseProfile(file: string, text: string): Profile {
  return parseHardware(file, text, schema);
}

function profilesIn(directory: string): HardwareFiles<Profile> {
  return new HardwareFiles('modem profile', schema, directory);
}
