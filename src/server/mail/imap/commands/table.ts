import { appendCommands } from './append.ts';
import type { CommandSpec } from './command.ts';
import { copyCommands } from './copy.ts';
import { expungeCommands } from './expunge.ts';
import { fetchCommands } from './fetch.ts';
import { generalCommands } from './general.ts';
import { idleCommands } from './idle.ts';
import { listCommands } from './list.ts';
import { loginCommands } from './login.ts';
import { mailboxCommands } from './mailboxes.ts';
import { metadataCommands } from './metadata.ts';
import { searchCommands } from './search.ts';
import { selectCommands } from './select.ts';
import { statusCommands } from './status.ts';
import { storeCommands } from './store.ts';

/** Every command by its name in upper case; the UID forms are `UID FETCH` and so on. */
export const commandTable: ReadonlyMap<string, CommandSpec> = new Map(
  Object.entries({
    ...generalCommands,
    ...loginCommands,
    ...mailboxCommands,
    ...listCommands,
    ...statusCommands,
    ...metadataCommands,
    ...selectCommands,
    ...appendCommands,
    ...fetchCommands,
    ...storeCommands,
    ...copyCommands,
    ...expungeCommands,
    ...searchCommands,
    ...idleCommands,
  }),
);
