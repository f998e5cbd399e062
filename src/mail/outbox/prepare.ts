import type { Files } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { uniqueName } from '../maildir/unique.ts';
import { type Envelope, envelopeOf } from './envelope.ts';
import { type Letter, type Measure, measure, missingFields, readLetter, withFields } from './letter.ts';
import type { Note } from './notes.ts';
import type { OutboxOptions } from './options.ts';
import type { Spool, Waiting } from './spool.ts';

/** A message that can be handed over. */
export interface Ready {
  readonly waiting: Waiting;
  /** Of an earlier attempt. */
  readonly known: Note | undefined;
  readonly letter: Letter;
  /** With those recipients only whose answer is still to come. */
  readonly envelope: Envelope;
  readonly measure: Measure;
}

export interface PrepareParts {
  readonly options: OutboxOptions;
  readonly spool: Spool;
  readonly files: Files;
}

/**
 * Reads the message and makes it whole; all that can be wrong with it without asking the server shows here. Rejects with MailError
 * `message-refused`, or with `message-gone` or ENOENT when another program renamed or removed it meanwhile.
 */
export async function prepare(parts: PrepareParts, found: Waiting, known: Note | undefined): Promise<Ready> {
  const { spool, files, options } = parts;
  await spool.removeTwin(found);
  const asFound = await readLetter(spool.pathOf(found.entry), found, files);
  const { sender, recipients } = envelopeOf(asFound.header, options.account.sender);
  const { waiting, letter } = await completed(parts, found, asFound, sender);
  const done = [...(known?.accepted ?? []), ...(known?.refused ?? []).map(({ address }) => address)];
  const envelope = { sender, recipients: recipients.filter((one) => !done.includes(one)) };
  return { waiting, known, letter, envelope, measure: await measure(letter, files) };
}

/** Date and Message-ID are on the disk before anything is sent, and so is what another program wrote. */
async function completed(
  { spool, files, options }: PrepareParts,
  waiting: Waiting,
  letter: Letter,
  sender: string,
): Promise<Pick<Ready, 'waiting' | 'letter'>> {
  const now = options.clock.now();
  const fields = missingFields(letter, sender, waiting.mtimeMs, now);
  if (fields === '') {
    await files.syncFile(letter.path);
    return { waiting, letter };
  }
  await spool.replace(waiting, uniqueName(now), withFields(letter, fields, files));
  const replaced = await spool.look(waiting.entry);
  if (!replaced) throw new MailError(`${letter.path} is gone`, { code: 'message-gone', temporary: true });
  return { waiting: replaced, letter: await readLetter(letter.path, replaced, files) };
}
