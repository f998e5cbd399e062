import type { LiteralPlace } from './wire/line-reader.ts';
import type { DataResponse, StatusResponse } from './wire/response-reader.ts';
import type { Part } from './wire/strings.ts';

/** A piece of a command; `answer` is a line of its own, sent when the server asks (`+`). */
export type CommandPart = Part | { readonly answer: string };

/** One command with what its replies mean. One object per sending: it keeps what came until it is complete. */
export interface Command<T> {
  /** For logs and errors: the verb, never an argument. */
  readonly verb: string;
  /** Everything between the tag and the line end. */
  readonly parts: readonly CommandPart[];
  /** Nothing may be sent behind it until it is complete. */
  readonly holds?: boolean;
  /** It selects another mailbox: UIDs that come before its result are not for commands behind it. */
  readonly selects?: boolean;
  /** A session that cannot do this is over: login, STARTTLS. */
  readonly vital?: boolean;
  /** Untagged responses that came while this command had no result, whoever they are for. */
  data?(response: DataResponse | StatusResponse): void | Promise<void>;
  /** Takes a literal as a stream; undefined leaves it to `data`. */
  take?(place: LiteralPlace, chunks: AsyncIterable<Buffer>): Promise<unknown> | undefined;
  /** Whether something was handed over already, so that it must not be sent a second time. */
  readonly delivered?: boolean;
  /** Changes the stream (STARTTLS, COMPRESS) after OK, before anything else is read. */
  change?(): Promise<void>;
  /** Makes the result of the tagged OK. */
  result(completion: StatusResponse): T;
  /** Makes the result, or throws, after NO or BAD. Default: MailError `server-refused`, `server-confused`. */
  refused?(completion: StatusResponse): T;
}
