import { z } from 'zod';
import { type Document, openDocument } from '../../base/document.ts';
import { type Files, nodeFiles } from '../../base/files.ts';

const registry = z.object({
  mailboxes: z.array(z.object({ mailbox: z.string(), id: z.string() })),
  /** Which mailbox is for what at the server: `\Sent` -> `Gesendet`. */
  roles: z.record(z.string(), z.string()).default({}),
});

/**
 * The mailboxes that were set up below a root, kept outside of it: what tells an empty new copy from a lost mount
 * or a formatted card.
 */
export type Registry = Document<z.output<typeof registry>>;

export async function openRegistry(root: string, path: string | undefined, files: Files): Promise<Registry> {
  return openDocument({
    path: path ?? `${root.replace(/\/+$/, '')}.mailboxes.json`,
    schema: registry,
    initial: { mailboxes: [], roles: {} },
    files,
  });
}

/** The id under which the mailbox was set up; undefined when it never was. */
export function registeredId(known: Registry, mailbox: string): string | undefined {
  return known.data.mailboxes.find((one) => one.mailbox === mailbox)?.id;
}

/** Remembers the mailbox under this id. */
export async function register(known: Registry, mailbox: string, id: string): Promise<void> {
  if (registeredId(known, mailbox) === id) return;
  await known.update((data) => {
    data.mailboxes = [...data.mailboxes.filter((one) => one.mailbox !== mailbox), { mailbox, id }];
  });
}

/**
 * The user knows that this copy is gone (a new card): the next synchronisation sets the mailbox up again.
 * `registry` as in SyncOptions.
 */
export async function forgetCopy(options: {
  root: string;
  mailbox: string;
  registry?: string | undefined;
  files?: Files | undefined;
}): Promise<void> {
  const known = await openRegistry(options.root, options.registry, options.files ?? nodeFiles);
  if (registeredId(known, options.mailbox) === undefined) return;
  await known.update((data) => {
    data.mailboxes = data.mailboxes.filter((one) => one.mailbox !== options.mailbox);
  });
}
