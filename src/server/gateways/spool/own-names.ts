import { createHash, randomBytes } from 'node:crypto';

/** Names that are told from everybody else's, and from those of another gateway of ours with the same directories. */
export class OwnNames {
  readonly #prefix: string;

  constructor(gateway: string) {
    // Of a fixed length, for a gateway may have a long name and a file may not.
    this.#prefix = `ringpost-${createHash('sha256').update(gateway).digest('hex').slice(0, 8)}-`;
  }

  next(): string {
    return `${this.#prefix}${randomBytes(6).toString('hex')}`;
  }

  /** Whether a file was put there by this gateway: at its beginning or, with a program's words around it, in it. */
  has(fileName: string): boolean {
    const [ours = ''] = fileName.match(/ringpost-[0-9a-f]{8}-[0-9a-f]{12}(?=$|\.txt$|\.tmp$)/) ?? [];
    return ours.startsWith(this.#prefix);
  }
}

/** The name while the content is written: both programs ignore names with a dot before them. */
export function hiddenName(fileName: string): string {
  return `.${fileName}.tmp`;
}
