import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { SpoolProgram } from '../../../src/server/gateways/spool/program.ts';
import {
  openSpoolGateway,
  type SpoolGatewayOptions,
} from '../../../src/server/gateways/spool/spool-gateway.ts';
import { temporaryDirectory } from '../../support/room.ts';

export const NUMBER = '+4915112345678';
export const TEXT = 'RP1AAAQAADLA5B5YAEP2ZAHXX4ENJEVHPQ';

/** The directories of a program that moves files when the test says so. */
export async function playedSpool(program: SpoolProgram) {
  const top = await temporaryDirectory();
  const at = (name: string) => join(top, name);
  const directories = {
    outgoing: at('outgoing'),
    queues: [at('checked')],
    sent: at('sent'),
    failed: at('failed'),
  };
  for (const name of ['outgoing', 'checked', 'sent', 'failed']) await mkdir(at(name));
  const over = new AbortController();
  onTestFinished(() => over.abort(new Error('the test is over')));
  return {
    directories,
    over,
    list: (name: keyof typeof directories | 'checked') => readdir(at(name)),
    read: (name: string, file: string) => readFile(join(at(name), file), 'utf8'),
    put: (name: string, file: string, content = 'x') => writeFile(join(at(name), file), content),
    remove: (name: string, file: string) => unlink(join(at(name), file)),
    move: (file: string, from: string, to: string) => rename(join(at(from), file), join(at(to), file)),
    open: (more: Partial<SpoolGatewayOptions> = {}) =>
      openSpoolGateway({
        name: 'spool',
        program,
        directories,
        waitMs: 30_000,
        pollMs: 2,
        clock: systemClock,
        log: silentLog,
        ...more,
      }),
    /** The name of the one file that lies in `outgoing`, once it is there. */
    async next(): Promise<string> {
      return vi.waitFor(async () => {
        const [name] = (await readdir(directories.outgoing)).filter((one) => !one.startsWith('.'));
        if (!name) throw new Error('nothing in outgoing');
        return name;
      });
    },
  };
}
