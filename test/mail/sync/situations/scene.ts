/** What can be done at a side, by names of mailboxes and of messages (see content.ts); flags as `FS+work`. */
export interface Side {
  add(mailbox: string, name: string, flags: string): Promise<void>;
  setFlags(mailbox: string, name: string, set: string, clear: string): Promise<void>;
  remove(mailbox: string, name: string): Promise<void>;
  move(mailbox: string, name: string, to: string): Promise<void>;
  copy(mailbox: string, name: string, to: string): Promise<void>;
  /** `INBOX a:FS`, sorted. */
  lines(): Promise<string[]>;
}

/** A server and a device's copy, to be played with. */
export interface Scene {
  readonly there: Side & {
    /** All UIDs are given anew, under another UIDVALIDITY. */
    renumber(mailbox: string): Promise<void>;
  };
  readonly here: Side & {
    /** As a mail reader does when it has seen the folder: from `new` to `cur`. */
    look(mailbox: string): Promise<void>;
    /** The file is put aside, out of all mailboxes ... */
    take(mailbox: string, name: string): Promise<void>;
    /** ... and put back under the name that it had. */
    putBack(mailbox: string, name: string): Promise<void>;
  };
  /** Brings INBOX, or what is named, in step; gives a word for each mailbox: `ok`. Of those in `accept` many messages may go at once. */
  sync(mailboxes?: readonly string[], accept?: readonly string[]): Promise<string[]>;
  /** The same by a program that dies at this change of its files. */
  dyingSync(change: number): Promise<void>;
}

export const MAILBOXES = ['INBOX', 'Archive', 'Work'];

/**
 * Plays one line: `here flag a FS`, `there unflag a@Archive S`, `here remove a`, `there move a Archive`, `here copy a Archive`,
 * `here add n:S`, `there add n:S@Archive`, `there renumber`, `here look`, `here take a`, `here back a`, `sync`,
 * `die 7` (a synchronisation that dies at its seventh change of files).
 */
export async function play(scene: Scene, text: string): Promise<void> {
  const [where, verb = '', what = 'INBOX', more = ''] = text.split(' ');
  if (where === 'sync') {
    await scene.sync(verb === '' ? undefined : [verb]);
    return;
  }
  if (where === 'die') return scene.dyingSync(Number(verb));
  const [described = '', mailbox = 'INBOX'] = what.split('@');
  const [name = '', flags = ''] = described.split(':');
  const { here, there } = scene;
  const side = where === 'here' ? here : there;
  if (verb === 'add') await side.add(mailbox, name, flags);
  else if (verb === 'flag') await side.setFlags(mailbox, name, more, '');
  else if (verb === 'unflag') await side.setFlags(mailbox, name, '', more);
  else if (verb === 'remove') await side.remove(mailbox, name);
  else if (verb === 'move') await side.move(mailbox, name, more);
  else if (verb === 'copy') await side.copy(mailbox, name, more);
  else if (verb === 'renumber') await there.renumber(what);
  else if (verb === 'look') await here.look(what);
  else if (verb === 'take') await here.take(mailbox, name);
  else if (verb === 'back') await here.putBack(mailbox, name);
  else throw new Error(`"${text}" is no line of a situation`);
}
