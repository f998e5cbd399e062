import type { Log } from '../../base/log.ts';
import type { AnnotatedMailbox } from '../annotated-mailboxes.ts';
import { readAnnotations } from '../annotations.ts';

/** What mailboxes were found to say of themselves, and who wants to know when that changes. */
export class Found {
  readonly #log: Log;
  readonly #all = new Map<string, AnnotatedMailbox>();
  readonly #listeners = new Set<(mailbox: AnnotatedMailbox) => void>();
  /** What was said in the log, so that it is said once. */
  readonly #said = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  known(): AnnotatedMailbox[] {
    return [...this.#all.values()];
  }

  get(user: string, mailbox: string): AnnotatedMailbox | undefined {
    return this.#all.get(keyOf(user, mailbox));
  }

  onChanged(listener: (mailbox: AnnotatedMailbox) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * `configured` stands before the annotation. A mailbox that names no device is said once, with the reason
   * `untold` when its server told no annotations.
   */
  tell(
    user: string,
    mailbox: string,
    entries: ReadonlyMap<string, string>,
    { configured, untold }: { configured?: string | undefined; untold?: string | undefined } = {},
  ): void {
    const { annotations: written, problems } = readAnnotations(entries);
    const annotations = { ...written, device: configured ?? written.device };
    const because = untold === undefined ? '' : `${untold}, so `;
    const silent = `${because}it names no device, and its mail rings nobody`;
    const words = [...problems, ...(annotations.device === undefined ? [silent] : [])].join('; ');
    const key = keyOf(user, mailbox);
    if (words !== (this.#said.get(key) ?? '')) {
      this.#said.set(key, words);
      if (words) this.#log.warn({ user, mailbox, problems }, `${mailbox} of ${user}: ${words}`);
    }
    const before = this.#all.get(key);
    if (before && JSON.stringify(before.annotations) === JSON.stringify(annotations)) return;
    const now = { user, mailbox, annotations };
    this.#all.set(key, now);
    for (const listener of [...this.#listeners]) listener(now);
  }
}

function keyOf(user: string, mailbox: string): string {
  return JSON.stringify([user, mailbox]);
}
