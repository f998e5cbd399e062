import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { deviceTree } from './device-tree.ts';
import { fileName, HardwareFiles, longestMatch, parseHardware, pattern } from './hardware-files.ts';

/** A line of the 40-pin header by its BCM number; 0 and 1 belong to the EEPROM of a HAT. */
const gpio = { line: z.int().min(2).max(27), activeLow: z.boolean() };
const seconds = z.number().positive().max(60);

const power = z.strictObject({
  /** PWRKEY: it toggles. `offSeconds` is a press that switches a modem off. */
  key: z.strictObject({ ...gpio, onSeconds: seconds, offSeconds: seconds }).nullable(),
  /** Power of the modem, as long as it is driven. */
  enable: z.strictObject(gpio).nullable(),
  reset: z.strictObject({ ...gpio, seconds }).nullable(),
  /** Active while the modem is on. */
  status: z.strictObject(gpio).nullable(),
  /** From the key, or from power, to the first answer. */
  bootSeconds: seconds,
});

const schema = z.strictObject({
  name: fileName,
  description: z.string().min(1),
  /** The profiles of the modems that it is sold with. */
  modems: z.array(fileName).min(1),
  /** How the modem is reached: by the UART of the header, or by a USB cable of its own. */
  port: z.enum(['uart', 'usb']),
  /** Regular expressions on the model of the machine and the product of its HAT; empty: it cannot be told. */
  deviceTree: z.array(pattern),
  /** null: nothing of the header switches the modem. */
  power: power.nullable(),
  /** Where the facts come from, and which are unverified. */
  sources: z.array(z.string().min(1)).min(1),
});

/** What a modem sits on: a file in `hardware/boards/`. */
export type Board = z.infer<typeof schema>;
/** The lines of the header that switch its modem. */
export type BoardPowerData = z.infer<typeof power>;

/** Two levels up from `src/modem` as from `dist/modem`. */
const DIRECTORY = fileURLToPath(new URL('../../hardware/boards/', import.meta.url));

/** What the firmware tells of the machine, and of the EEPROM of a HAT. */
const TOLD = ['model', 'hat/product'];

/** Reads a board by its name. Throws ConfigError with file and key. */
export function loadBoard(name: string, directory = DIRECTORY): Promise<Board> {
  return boardsIn(directory).load(name);
}

/** All of them, in the order of their names. */
export function loadBoards(directory = DIRECTORY): Promise<Board[]> {
  return boardsIn(directory).all();
}

/** The board by what the device tree under `root` tells; undefined: it tells of none that is known here. */
export async function recogniseBoard(root = '/', directory = DIRECTORY): Promise<Board | undefined> {
  const texts = await Promise.all(TOLD.map((name) => deviceTree(root, name)));
  return longestMatch(await loadBoards(directory), (board) => board.deviceTree, texts);
}

/** Checks the content of a board's file; `file` is only named in errors. */
export function parseBoard(file: string, text: string): Board {
  return parseHardware(file, text, schema);
}

function boardsIn(directory: string): HardwareFiles<Board> {
  return new HardwareFiles('board', schema, directory);
}
