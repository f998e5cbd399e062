import type { Command } from './command.ts';
import { demo } from './commands/demo.ts';
import { device } from './commands/device.ts';
import { doctor } from './commands/doctor.ts';
import { keys } from './commands/keys.ts';
import { server } from './commands/server.ts';
import { settings } from './commands/settings.ts';
import { simulate } from './commands/simulate.ts';
import { sync } from './commands/sync.ts';
import { trigger } from './commands/trigger.ts';
import { watch } from './commands/watch.ts';

/** Every command of `ringpost`, in the order of its help. */
export const commands: readonly Command[] = [
  demo,
  server,
  device,
  sync,
  settings,
  keys,
  trigger,
  watch,
  doctor,
  simulate,
];
