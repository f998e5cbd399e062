import { silentLog } from '../../../../src/base/log.ts';
import { SimulatedClock } from '../../../../src/base/simulated-clock.ts';
import type { SyncOptions } from '../../../../src/mail/sync/options.ts';
import { synchronise } from '../../../../src/mail/sync/synchronise.ts';
import { MemoryServer, type MemoryServerOptions } from '../../../support/memory-server.ts';
import { VolatileFiles } from '../../../support/volatile-files.ts';
import { DeviceCopy } from './device-copy.ts';
import { MemorySide } from './memory-side.ts';
import { MAILBOXES, type Scene } from './scene.ts';

const ROOT = '/device/mail';

/** A server in memory and a disk that forgets what was not synced. */
export class MemoryStage implements Scene {
  readonly clock = new SimulatedClock();
  readonly memory = new MemoryServer();
  files = new VolatileFiles(() => this.clock.now());
  readonly server = new MemorySide(this.memory);
  readonly device = new DeviceCopy(() => ({ root: ROOT, files: this.files, clock: this.clock }));

  constructor(options: MemoryServerOptions = {}) {
    this.memory.options = options;
    for (const mailbox of MAILBOXES) this.memory.mailbox(mailbox);
  }

  /** A minute later, so that folders count as settled. */
  async sync(more: Partial<SyncOptions> = {}) {
    await this.clock.advance(60_000);
    return synchronise({
      open: this.memory.open,
      root: ROOT,
      targets: MAILBOXES.map((mailbox) => ({ mailbox })),
      budgetBytes: 10_000_000,
      files: this.files,
      clock: this.clock,
      log: silentLog,
      signal: new AbortController().signal,
      ...more,
    });
  }

  async dyingSync(operation: number): Promise<void> {
    this.files.settle();
    this.files.cutAt = operation;
    await this.sync();
    this.files.settle();
  }
}
