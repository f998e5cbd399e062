import { join } from 'node:path';
import type { Files } from '../../../../src/base/files.ts';
import { mailboxDirectory } from '../../../../src/mail/maildir/mailbox-path.ts';
import { type Maildir, openMaildir } from '../../../../src/mail/maildir/maildir.ts';
import { type Entry, sortFlags } from '../../../../src/mail/maildir/name.ts';
import { uidOf } from '../../../../src/mail/sync/local.ts';
import { loadState } from '../../../../src/mail/sync/state.ts';
import { contentOf, dateOf, flagsOf, lettersOf, line, subjectOf } from './content.ts';
import { MAILBOXES, type Scene } from './scene.ts';

export interface DevicePlace {
  readonly root: string;
  readonly files: Files;
}

let written = 0;

/** What a user's mail reader does with the copy: files are renamed, removed and written, no state is looked at. */
export function deviceSide(place: () => DevicePlace): Scene['here'] {
  const open = (mailbox: string) => {
    const { root, files } = place();
    return openMaildir(mailboxDirectory(root, mailbox), { files });
  };
  const path = ({ path: directory }: Maildir, { folder, name }: Entry) => join(directory, folder, name);
  const find = async (mailbox: string, name: string) => {
    const maildir = await open(mailbox);
    for (const entry of await maildir.list()) {
      if (subjectOf(await textOf(maildir, entry)) === subjectOf(contentOf(name))) return { maildir, entry };
    }
    throw new Error(`${name} is not in ${mailbox} here`);
  };
  const write = async (mailbox: string, name: string, content: string, time: number) => {
    const { files } = place();
    const target = join(mailboxDirectory(place().root, mailbox), name);
    const file = await files.create(target);
    await file.write(Buffer.from(content, 'latin1'));
    await file.sync();
    await file.close();
    await files.utimes(target, time);
  };
  /** No two messages of a Maildir have the same name. */
  const freeBase = async (mailbox: string, base: string) => {
    written += 1;
    const isThere = (await (await open(mailbox)).list()).some((entry) => entry.base === base);
    return isThere ? `${written}.reader` : base;
  };
  return {
    async add(mailbox, name, flags) {
      written += 1;
      const file = `cur/${written}.M${written}P1.reader:2,${sortFlags(flags)}`;
      await write(mailbox, file, contentOf(name).replaceAll('\r\n', '\n'), dateOf(name));
    },
    async setFlags(mailbox, name, set, clear) {
      const { maildir, entry } = await find(mailbox, name);
      const letters = [...new Set(entry.flags + set)].filter((letter) => !clear.includes(letter));
      await maildir.setFlags(entry, letters.join(''));
    },
    async remove(mailbox, name) {
      const { maildir, entry } = await find(mailbox, name);
      await maildir.remove(entry);
    },
    async move(mailbox, name, to) {
      const { maildir, entry } = await find(mailbox, name);
      const base = await freeBase(to, entry.base);
      const target = join(mailboxDirectory(place().root, to), 'cur', `${base}:2,${entry.flags}`);
      await place().files.rename(path(maildir, entry), target);
    },
    async copy(mailbox, name, to) {
      const { maildir, entry } = await find(mailbox, name);
      const content = (await place().files.read(path(maildir, entry))).toString('latin1');
      const base = await freeBase(to, entry.base);
      await write(to, `cur/${base}:2,${entry.flags}`, content, await maildir.internalDate(entry));
    },
    async look(mailbox) {
      const maildir = await open(mailbox);
      for (const entry of await maildir.list()) {
        const seen = join(maildir.path, 'cur', `${entry.base}:2,`);
        if (entry.folder === 'new') await place().files.rename(path(maildir, entry), seen);
      }
    },
    async take(mailbox, name) {
      const { maildir, entry } = await find(mailbox, name);
      const aside = join(place().root, `aside-${name}-${entry.base}:2,${entry.flags}`);
      await place().files.rename(path(maildir, entry), aside);
    },
    async putBack(mailbox, name) {
      const { root, files } = place();
      const aside = (await files.list(root)).find((file) => file.startsWith(`aside-${name}-`));
      if (aside === undefined) throw new Error(`${name} was not put aside`);
      const back = aside.slice(`aside-${name}-`.length);
      await files.rename(join(root, aside), join(mailboxDirectory(root, mailbox), 'cur', back));
    },
    lines: async () =>
      (await Promise.all(MAILBOXES.map((mailbox) => linesOf(mailbox, place())))).flat().sort(),
  };
}

async function textOf(maildir: Maildir, entry: Entry): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of maildir.read(entry)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** Keywords are in no name, but in the state. */
async function linesOf(mailbox: string, { root, files }: DevicePlace): Promise<string[]> {
  const directory = mailboxDirectory(root, mailbox);
  const state = await loadState(directory, files).catch(() => undefined);
  const maildir = await openMaildir(directory, { files }).catch(() => undefined);
  const lines: string[] = [];
  for (const entry of (await maildir?.list()) ?? []) {
    const uid = state && uidOf(entry, state);
    const keywords = [...(state?.agreed ?? [])].flatMap(([flag, uids]) =>
      uid !== undefined && uids.has(uid) && !/^\\|^\$Forwarded/.test(flag) ? [flag] : [],
    );
    const content = await textOf(maildir as Maildir, entry);
    const flags = lettersOf([...flagsOf(entry.flags), ...keywords]);
    lines.push(line(mailbox, content, flags, await (maildir as Maildir).internalDate(entry)));
  }
  return lines;
}
