import { type Mail, makeMail } from './mail.ts';
import type { Hint, LocalChange, Peer, Run } from './peer.ts';
import type { Situation } from './rows.ts';

/** A situation with its mails and UIDs. */
export interface Scene {
  readonly mails: readonly Mail[];
  readonly atServer: LocalChange;
  readonly inCopy: LocalChange;
}

/** UIDs that one scene may take; scattered over the mailbox, as what a user marks is. */
const SLOTS = 64;
const SCENES = 16;

/** The scene number `index` (from 0) of a mailbox with so many messages. Each has other UIDs and other mails. */
export function setScene(situation: Situation, index: number, messages: number): Scene {
  const stride = Math.floor(messages / (SLOTS * SCENES));
  let slot = index * SLOTS;
  const take = (count = 0) => Array.from({ length: count }, () => 1 + stride * slot++);
  const change = (counts: Situation['atServer']) => ({
    flagged: take(counts?.flagged),
    removed: take(counts?.removed),
  });
  return {
    mails: (situation.mails ?? []).map((size, at) => makeMail(index * SLOTS + at + 1, size)),
    atServer: change(situation.atServer),
    inCopy: change(situation.inCopy),
  };
}

/** What the request of the message server says of it. */
export function hintOf({ mails }: Scene): Hint | undefined {
  if (mails.length === 0) return undefined;
  return { count: mails.length, size: mails.reduce((sum, { size }) => sum + size, 0) };
}

/** What is wrong with the copy after a run; a sentence each. */
export function wrongInCopy(
  { onlyNewMail }: Pick<Peer, 'onlyNewMail'>,
  scene: Scene,
  { brought, complaint }: Run,
): string[] {
  const wrong = complaint === undefined ? [] : [complaint];
  const missing = scene.mails.filter((mail) => !brought.texts.some((text) => has(text, mail)));
  if (missing.length > 0)
    wrong.push(`${missing.length} of ${scene.mails.length} new mails are not in the copy`);
  if (brought.texts.length > scene.mails.length)
    wrong.push(`${brought.texts.length} mails came, expected ${scene.mails.length}`);
  if (onlyNewMail) return wrong;
  for (const what of ['flagged', 'removed'] as const) {
    const left = without(scene.atServer[what], brought[what]);
    if (left.length > 0) wrong.push(`not ${what} in the copy: UID ${left.join(', ')}`);
  }
  return wrong;
}

/** What is wrong at the server after a run that had something to send. */
export function wrongAtServer(
  { inCopy }: Scene,
  server: { there: readonly number[]; flagged: readonly number[] },
): string[] {
  const unflagged = without(inCopy.flagged, server.flagged);
  const left = inCopy.removed.filter((uid) => server.there.includes(uid));
  return [
    ...(unflagged.length > 0 ? [`not flagged at the server: UID ${unflagged.join(', ')}`] : []),
    ...(left.length > 0 ? [`still at the server: UID ${left.join(', ')}`] : []),
  ];
}

/** The body, byte for byte but for line ends: programs add header fields. */
function has(text: string, { text: wanted, word }: Mail): boolean {
  const body = (mail: string) => mail.slice(mail.indexOf('\n\n')).trim();
  const lines = text.replaceAll('\r\n', '\n');
  return lines.includes(word) && body(lines) === body(wanted);
}

function without(uids: readonly number[], others: readonly number[]): number[] {
  return uids.filter((uid) => !others.includes(uid));
}
