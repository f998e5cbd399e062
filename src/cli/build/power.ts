import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { loadBoard } from '../../modem/board.ts';
import { type BoardPowerData, boardPower } from '../../modem/power/board-power.ts';
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
  /** The part `power` of a board; undefined: that board leaves the modem's power alone. Default: from `hardware/boards`. */
  readonly loadBoardPower?: (name: string) => Promise<BoardPowerData | undefined>;
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

async function supplyOf(
  { power_command, board }: ModemConfig,
  parts: PowerParts,
): Promise<PowerSupply | undefined> {
  const { clock, log, toolPath: path } = parts;
  const [program, ...args] = power_command?.split(' ') ?? [];
  if (program !== undefined) return commandPower({ command: [program, ...args], clock });
  if (board === undefined) return undefined;
  if (!parts.loadBoardPower)
    throw new ConfigError('device.toml', [{ key: 'modem.board', problem: 'boards are not known here' }]);
  const power = await parts.loadBoardPower(board);
  return (
    power &&
    boardPower({ board: power, openGpio: (signal) => Gpio.open({ clock, path }, signal), clock, log })
  );
}

async function boardPowerOf(name: string): Promise<BoardPowerData | undefined> {
  return (await loadBoard(name)).power ?? undefined;
}
