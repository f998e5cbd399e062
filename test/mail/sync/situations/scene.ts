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
  };
  /** Brings INBOX, or what is named, in step; gives a word for each mailbox: `ok`. */
  sync(mailboxes?: readonly string[]): Promise<string[]>;
}

export const MAILBOXES = ['INBOX', 'Archive', 'Work'];

/**
 * Plays one line: `here flag a FS`, `there unflag a@Archive S`, `here remove a`, `there move a Archive`, `here copy a Archive`,
 * `here add n:S`, `there add n:S@Archive`, `there renumber`, `here look`, `sync`.
 */
export async function play(scene: Scene, text: string): Promise<void> {
  const [where, verb = '', what = 'INBOX', more = ''] = text.split(' ');
  if (where === 'sync') {
    await scene.sync(verb === '' ? undefined : [verb]);
    return;
  }
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
  else throw new Error(`"${text}" is no line of a situation`);
}
