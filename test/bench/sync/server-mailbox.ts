import { chown, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Dovecot } from '../../support/dovecot.ts';
import { linkAll, type ManyMessages, UIDVALIDITY } from '../harness/mailbox.ts';
import type { Mail } from './mail.ts';

/** Makes a user's INBOX at the server, all of it read, under the UIDs from 1 on; indexed, as it is where it grew. */
export async function makeDovecotInbox(server: Dovecot, user: string, many: ManyMessages): Promise<void> {
  const root = maildirOf(server, user);
  const folders = [root, ...['cur', 'new', 'tmp'].map((folder) => join(root, folder))];
  for (const folder of folders) await mkdir(folder);
  const bases = Array.from({ length: many.count }, (_, index) => baseName(index + 1));
  await linkAll(
    root,
    bases.map((base) => `${base}:2,S`),
    many.text,
  );
  await writeFile(join(root, 'dovecot-uidlist'), uidList(bases));
  const { uid, gid } = await stat(server.maildir);
  for (const path of [...folders, join(root, 'dovecot-uidlist')]) await chown(path, uid, gid);
  await server.doveadm('index', '-u', user, 'INBOX');
}

/** Puts mails where they are once the server's watcher has looked at the mailbox, which it does before it triggers: in `cur`, indexed. */
export async function deliver(server: Dovecot, user: string, mails: readonly Mail[]): Promise<void> {
  const root = maildirOf(server, user);
  for (const { text, word } of mails) {
    const name = `${Math.floor(Date.now() / 1000)}.${word}.bench`;
    await writeFile(join(root, 'tmp', name), text, { mode: 0o644 });
    await rename(join(root, 'tmp', name), join(root, 'cur', `${name}:2,`));
  }
  await server.doveadm('index', '-u', user, 'INBOX');
}

export async function flagAtServer(server: Dovecot, user: string, uids: readonly number[]): Promise<void> {
  const place = ['mailbox', 'INBOX', 'uid', uids.join(',')];
  await server.doveadm('flags', 'add', '-u', user, '\\Flagged', ...place);
}

export async function expungeAtServer(server: Dovecot, user: string, uids: readonly number[]): Promise<void> {
  await server.doveadm('expunge', '-u', user, 'mailbox', 'INBOX', 'uid', uids.join(','));
}

/** Which of these UIDs the server has, and which of them are flagged. */
export async function atServer(
  server: Dovecot,
  user: string,
  uids: readonly number[],
): Promise<{ there: number[]; flagged: number[] }> {
  const place = ['mailbox', 'INBOX', 'uid', uids.join(',')];
  const found = async (...more: string[]) => {
    const lines = await server.doveadm('-f', 'flow', 'fetch', '-u', user, 'uid', ...place, ...more);
    return [...lines.matchAll(/^uid=(\d+)/gm)].map(([, uid]) => Number(uid));
  };
  return { there: await found(), flagged: await found('FLAGGED') };
}

function maildirOf(server: Dovecot, user: string): string {
  return join(dirname(server.maildir), user);
}

function baseName(uid: number): string {
  return `${UIDVALIDITY}.M${uid}P1Q${uid}.bench`;
}

/** Dovecot's own list of UIDs (doc.dovecot.org, "Maildir Mailbox Format", dovecot-uidlist version 3): UIDVALIDITY and UIDs as wanted. */
function uidList(bases: readonly string[]): string {
  const head = `3 V${UIDVALIDITY} N${bases.length + 1} G00000000000000000000000000000001`;
  return `${[head, ...bases.map((base, index) => `${index + 1} :${base}`)].join('\n')}\n`;
}
