import { join } from 'node:path';
import type { Clock } from '../../../../src/base/clock.ts';
import { undefinedIfMissing } from '../../../../src/base/durable.ts';
import type { Files } from '../../../../src/base/files.ts';
import { mailboxDirectory } from '../../../../src/mail/maildir/mailbox-path.ts';
import { type Maildir, openMaildir } from '../../../../src/mail/maildir/maildir.ts';
import type { Entry } from '../../../../src/mail/maildir/name.ts';
import { letterOf } from '../../../../src/mail/sync/flags.ts';
import { uidOf } from '../../../../src/mail/sync/local.ts';
import { loadState, type SyncState } from '../../../../src/mail/sync/state.ts';
import { contentOf, dateOf, flagText, lineFor, nameIn, parseMessages } from './contents.ts';
import { type DeviceSide, MAILBOXES } from './scene.ts';

export interface DeviceOptions {
  readonly root: string;
  readonly files: Files;
  readonly clock: Clock;
}

/** The user's hand on a copy, over any kind of files. */
export class DeviceCopy implements DeviceSide {
  readonly #options: () => DeviceOptions;
  #written = 0;

  constructor(options: () => DeviceOptions) {
    this.#options = options;
  }

  async mark(name: string, letters: string, mailbox = 'INBOX'): Promise<void> {
    const entry = await this.#find(name, mailbox);
    await this.#rename(this.#path(entry, mailbox), this.#path(cur(entry, letters), mailbox));
  }

  async remove(names: string, mailbox = 'INBOX'): Promise<void> {
    for (const { name } of parseMessages(names)) {
      await this.#files.unlink(this.#path(await this.#find(name, mailbox), mailbox));
    }
  }

  async move(name: string, from: string, to: string): Promise<void> {
    const entry = await this.#find(name, from);
    await this.#rename(this.#path(entry, from), this.#path(cur(entry), to));
  }

  async copy(name: string, from: string, to: string): Promise<void> {
    const entry = await this.#find(name, from);
    const path = this.#path(entry, from);
    const prefix = from === to ? 'copy-' : '';
    const { folder, name: file } = cur(entry);
    const target = this.#path({ folder, name: `${prefix}${file}` }, to);
    const { mtimeMs } = await this.#files.stat(path);
    await this.#write(target, await this.#files.read(path), mtimeMs);
  }

  async write(messages: string, mailbox = 'INBOX'): Promise<void> {
    for (const { name, letters } of parseMessages(messages)) {
      const content = Buffer.from(contentOf(name).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
      this.#written += 1;
      const entry = { folder: 'cur', name: `${this.#written}.reader.${name}:2,${letters}` };
      await this.#write(this.#path(entry, mailbox), content, dateOf(name));
    }
  }

  async take(name: string, mailbox = 'INBOX'): Promise<void> {
    const entry = await this.#find(name, mailbox);
    await this.#rename(this.#path(entry, mailbox), this.#aside(name, cur(entry).name));
  }

  async putBack(name: string, mailbox = 'INBOX'): Promise<void> {
    const { root } = this.#options();
    const file = (await this.#files.list(root)).find((one) => one.startsWith(`aside-${name}-`));
    if (file === undefined) throw new Error(`${name} was not put aside`);
    const back = file.slice(`aside-${name}-`.length);
    await this.#rename(join(root, file), this.#path({ folder: 'cur', name: back }, mailbox));
  }

  async list(mailbox: string): Promise<string[]> {
    const maildir = await this.#maildir(mailbox);
    const state = await loadState(maildir.path, this.#files);
    const lines: string[] = [];
    for (const entry of await maildir.list()) {
      const content = await bytesOf(maildir, entry);
      const flags = flagText(entry.flags, keywordsOf(entry, state));
      lines.push(lineFor(nameIn(content), flags, await maildir.internalDate(entry), content));
    }
    return lines.sort();
  }

  async paths(): Promise<string[]> {
    const folders = MAILBOXES.flatMap((mailbox) =>
      ['cur', 'new', 'tmp'].map((folder) => join(this.#directory(mailbox), folder)),
    );
    const lists = folders.map(async (folder) =>
      ((await this.#files.list(folder).catch(undefinedIfMissing)) ?? []).map((name) => join(folder, name)),
    );
    return (await Promise.all(lists)).flat().sort();
  }

  get #files(): Files {
    return this.#options().files;
  }

  #directory(mailbox: string): string {
    return mailboxDirectory(this.#options().root, mailbox);
  }

  #path({ folder, name }: { folder: string; name: string }, mailbox: string): string {
    return join(this.#directory(mailbox), folder, name);
  }

  #aside(name: string, file: string): string {
    return join(this.#options().root, `aside-${name}-${file}`);
  }

  #maildir(mailbox: string): Promise<Maildir> {
    const { files, clock } = this.#options();
    return openMaildir(this.#directory(mailbox), { files, clock });
  }

  async #find(name: string, mailbox: string): Promise<Entry> {
    const maildir = await this.#maildir(mailbox);
    for (const entry of await maildir.list()) {
      if (nameIn(await bytesOf(maildir, entry)) === name) return entry;
    }
    throw new Error(`no message ${name} in the copy of ${mailbox}`);
  }

  /** Not where the same name is there already: a reader would not either. */
  async #rename(from: string, to: string): Promise<void> {
    if (from === to) return;
    if (await this.#files.stat(to).catch(undefinedIfMissing)) throw new Error(`${to} is there already`);
    await this.#files.rename(from, to);
  }

  async #write(path: string, content: Buffer, mtimeMs: number): Promise<void> {
    const writer = await this.#files.create(path);
    await writer.write(content);
    await writer.close();
    await this.#files.utimes(path, mtimeMs);
  }
}

/** Where a mail reader puts a file that it has seen. */
function cur(entry: Entry, letters = entry.flags): { folder: string; name: string } {
  return { folder: 'cur', name: `${entry.base}:2,${letters}` };
}

async function bytesOf(maildir: Maildir, entry: Entry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of maildir.read(entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function keywordsOf(entry: Entry, state: SyncState | undefined): string[] {
  if (state === undefined) return [];
  const uid = uidOf(entry, state);
  if (uid === undefined) return [];
  const flags = [...state.agreed].filter(([, uids]) => uids.has(uid)).map(([flag]) => flag);
  return flags.filter((flag) => letterOf(flag) === undefined);
}
