import { z } from 'zod';
import {
  bestOf,
  type HardwareFiles,
  hardwareDirectory,
  hardwareName,
  loadAll,
  loadNamed,
  matchLength,
  parseHardware,
  pattern,
  sources,
} from './hardware-files.ts';

/** A line of the header by its BCM number: GPIO 0 to 27 are on the 40 pins. */
const line = { line: z.int().min(0).max(27), activeLow: z.boolean() };
const seconds = z.number().positive().max(60);

const power = z
  .strictObject({
    /** PWRKEY. It toggles: pressing it while the modem runs switches it off. */
    key: z.strictObject({ ...line, onSeconds: seconds, offSeconds: seconds }).nullable(),
    /** A switch in the supply, to be held while the modem is to run. */
    enable: z.strictObject(line).nullable(),
    reset: z.strictObject({ ...line, seconds }).nullable(),
    /** Active while the modem runs. */
    status: z.strictObject(line).nullable(),
    /** From the key, or from power, to the first answer. */
    bootSeconds: z.number().positive().max(120),
  })
  .refine(({ key, enable, reset }) => key || enable || reset, 'expected a key, enable or reset, else null')
  .refine((given) => isDistinct(given), 'expected a line of its own for each');

const schema = z.strictObject({
  name: hardwareName,
  description: z.string().min(1),
  /** Profiles in `hardware/modems/` of the modems that this board is sold with, or carries. */
  modems: z.array(hardwareName).min(1),
  /** How the modem is reached as it is delivered; many boards can do both. */
  port: z.enum(['uart', 'usb']),
  /** Regular expressions on the text of the device tree's model or of a HAT's product; empty: it cannot be told. */
  deviceTree: z.array(pattern),
  /** null: nothing of the header switches the modem, as far as is known. */
  power: power.nullable(),
  sources: sources.min(1),
});

/** What is particular about a board that carries a modem: a file in `hardware/boards/`. */
export type Board = z.infer<typeof schema>;
export type BoardPower = z.infer<typeof power>;

const DIRECTORY = hardwareDirectory('boards');

function filesIn(directory: string): HardwareFiles<Board> {
  return { what: 'board', directory, schema };
}

/** Reads a board by its name. Throws ConfigError with file and key. */
export async function loadBoard(name: string, directory = DIRECTORY): Promise<Board> {
  return loadNamed(filesIn(directory), name);
}

/** All of them, in the order of their names. */
export async function loadBoards(directory = DIRECTORY): Promise<Board[]> {
  return loadAll(filesIn(directory));
}

/** The board that the text of `/proc/device-tree/model` or `/proc/device-tree/hat/product` is about; undefined: it names none. */
export async function chooseBoard(deviceTreeText: string, directory = DIRECTORY): Promise<Board | undefined> {
  return bestOf(await loadBoards(directory), ({ deviceTree }) => matchLength(deviceTree, deviceTreeText));
}

/** Checks the content of a board's file; `file` is only named in errors. */
export function parseBoard(file: string, text: string): Board {
  return parseHardware(file, text, schema);
}

function isDistinct(given: Record<string, unknown>): boolean {
  const lines = Object.values(given).flatMap((part) =>
    part && typeof part === 'object' && 'line' in part ? [part.line] : [],
  );
  return new Set(lines).size === lines.length;
}
