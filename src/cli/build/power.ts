import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type Board, loadBoard, recogniseBoard } from '../../modem/board.ts';
import { boardPower } from '../../modem/power/board-power.ts';
import { commandPower } from '../../modem/power/command-power.ts';
import { Gpio } from '../../modem/power/gpio.ts';
import type { PowerSupply } from '../../modem/power/power.ts';
import { Reviver } from '../../modem/power/reviver.ts';
import type { ModemConfig } from '../config/parts.ts';

export interface PowerParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Where gpioset, gpioget and gpiodetect are looked for; default: `PATH`. */
  readonly toolPath?: string | undefined;
  /** Where the device tree is looked for, which may tell the board; default `/`. */
  readonly root?: string | undefined;
  /** Directory of the boards' files; default: those that are shipped. */
  readonly boards?: string | undefined;
}

/** What switches the configured modem on; undefined: nothing can. Kept as long as the process lives: it may hold the power. */
export async function configuredReviver(
  config: ModemConfig,
  parts: PowerParts,
): Promise<Reviver | undefined> {
  const { clock } = parts;
  const log = parts.log.child({ room: 'power' });
  const supply = await supplyOf(config, { ...parts, log });
  return supply && new Reviver({ supply, clock, log });
}

async function supplyOf(config: ModemConfig, parts: PowerParts): Promise<PowerSupply | undefined> {
  const { clock, log, toolPath: path } = parts;
  const [program, ...args] = config.power_command?.split(' ') ?? [];
  if (program !== undefined) return commandPower({ command: [program, ...args], clock });
  const power = (await boardOf(config, parts))?.power;
  if (!power) return undefined;
  return boardPower({ board: power, openGpio: (signal) => Gpio.open({ clock, path }, signal), clock, log });
}

/** The configured board, else the one that the device tree tells. */
async function boardOf(
  { board }: ModemConfig,
  { root, boards, log }: PowerParts,
): Promise<Board | undefined> {
  if (board !== undefined) return loadBoard(board, boards);
  const recognised = await recogniseBoard(root, boards);
  if (recognised) log.info({ board: recognised.name }, 'the board of the modem was recognised');
  return recognised;
}
