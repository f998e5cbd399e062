/** What an error says beside its sentence. */
export interface ErrorDetails {
  /** Stable name for programs, such as `sms-refused`. Never match an error by its text. */
  readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. Default false. */
  readonly temporary?: boolean;
  /** What was tried, on what, what came back. Shown and logged; no secrets in it. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Root of every error that Ringpost throws on purpose. Each room derives one class from it.
 * The message says what was tried, on what, and what came back.
 */
export class RingpostError extends Error {
  readonly code: string;
  readonly temporary: boolean;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.temporary = details.temporary ?? false;
    this.fields = details.fields ?? {};
  }
}

/** An error whose deadline passed before the work was done. */
export class DeadlineError extends RingpostError {
  constructor(what: string, milliseconds: number) {
    super(`${what}: no answer within ${milliseconds / 1000} s`, {
      code: 'deadline',
      temporary: true,
      fields: { what, milliseconds },
    });
  }
}

/** Makes an Error of whatever was thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Whether the system refused something: a file, a socket. Node's message names the call, what it was about, and the reason. */
export function isOfSystem(thrown: unknown): boolean {
  return 'syscall' in asError(thrown);
}

/** The `code` of a thrown value (ours, Node's, a library's), or undefined. */
export function codeOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
