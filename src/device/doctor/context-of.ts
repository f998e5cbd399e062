import type { ModemContext } from '../../modem/context.ts';
import type { Room } from './room.ts';
import { Skipped } from './stage.ts';

/** The modem that the stage `modem` found. */
export function contextOf({ modem }: Room): ModemContext {
  if (modem) return modem;
  throw new Skipped('the modem is in use by the data session');
}
