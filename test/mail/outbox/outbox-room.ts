import { dirname, join } from 'node:path';
import type { SMTPServerOptions } from 'smtp-server';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import type { OutboxOptions, SubmissionAccount } from '../../../src/mail/outbox/options.ts';
import { submitOutbox } from '../../../src/mail/outbox/submit.ts';
import { VolatileFiles } from '../../support/volatile-files.ts';
import { certificate } from '../imap/scripted-server.ts';
import { type Manners, type SubmissionServer, submissionServer } from './submission-server.ts';

export const ROOT = '/device/mail';
export const OUTBOX = `${ROOT}/.Outbox`;

/** A handheld's disk with an Outbox, and a submission server. */
export class OutboxRoom {
  readonly clock = new SimulatedClock();
  readonly server: SubmissionServer;
  readonly account: SubmissionAccount;
  files = new VolatileFiles(() => this.clock.now());

  constructor(server: SubmissionServer, ca: string) {
    this.server = server;
    const tls = { mode: server.manners.mode, ca };
    this.account = { host: 'mail.example', port: server.port, user: 'ada', password: 'secret', tls };
  }

  async submit(more: Partial<OutboxOptions> = {}) {
    return submitOutbox({
      root: ROOT,
      connect: this.server.connect,
      account: this.account,
      files: this.files,
      clock: this.clock,
      log: silentLog,
      signal: new AbortController().signal,
      ...more,
    });
  }

  /** A mail program puts a message there; each is a second younger than the one before. */
  async put(name: string, content: string | Buffer): Promise<void> {
    await this.clock.advance(1000);
    const path = join(OUTBOX, name);
    await this.files.makeDirectory(dirname(path));
    const writer = await this.files.create(path);
    await writer.write(Buffer.from(content as string));
    await writer.sync();
    await this.files.syncDirectory(dirname(path));
  }

  /** Paths below the root of all that is a message. */
  messages(): string[] {
    const below = this.files.paths().map((path) => path.slice(ROOT.length + 1));
    return below.filter((path) => /\/(new|cur)\/[^.]/.test(path)).sort();
  }

  async content(pattern: RegExp): Promise<string> {
    const found = this.messages().filter((path) => pattern.test(path));
    if (found.length !== 1) throw new Error(`${found.length} files match ${pattern}: ${this.messages()}`);
    return (await this.files.read(join(ROOT, found[0]!))).toString();
  }

  async notes(): Promise<Record<string, Record<string, unknown>>> {
    return JSON.parse((await this.files.read(join(OUTBOX, '.ringpost-outbox'))).toString());
  }
}

export async function outboxRoom(
  manners: Partial<Manners> = {},
  more: SMTPServerOptions = {},
): Promise<OutboxRoom> {
  const server = await submissionServer(manners, more);
  return new OutboxRoom(server, (await certificate()).cert);
}

export interface LetterText {
  readonly to?: string;
  readonly more?: string;
  readonly body?: string;
}

export function letter(
  subject: string,
  { to = 'bob@example.org', more = '', body = 'Hello' }: LetterText = {},
) {
  const id = `Message-ID: <${subject}@handheld>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n`;
  return `From: Ada <ada@example.org>\nTo: ${to}\nSubject: ${subject}\n${id}${more}\n${body}\n`;
}
