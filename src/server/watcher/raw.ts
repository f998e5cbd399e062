import type { ImapFlow } from 'imapflow';
import { encodePath } from 'imapflow/lib/tools.js';

/** What imapflow gives of an untagged response; anybody may have written it. */
export interface Untagged {
  readonly attributes?: readonly unknown[];
}

type Untaggeds = Record<string, (untagged: Untagged) => Promise<void>>;

interface ExecOptions {
  readonly untagged?: Untaggeds;
  readonly onPlusTag?: () => Promise<void>;
}

/** imapflow's inner calls, which it has for commands that it does not know; its types leave them out. */
interface Inner {
  exec(command: string, attributes: unknown, options?: ExecOptions): Promise<{ next(): void }>;
  write(line: string): void;
  readonly untaggedHandlers: Untaggeds;
}

/** A piece of a command: an atom, or a string which is quoted or becomes a literal as its content needs. */
export const atom = (value: string) => ({ type: 'ATOM', value });
export const quoted = (value: string) => ({ type: 'STRING', value });
/** The name of a mailbox in the encoding of the session. */
export const mailboxName = (client: ImapFlow, mailbox: string) => quoted(encodePath(client, mailbox));

/** Runs a command to its tagged response; throws what imapflow throws. */
export async function execute(
  client: ImapFlow,
  command: string,
  attributes: unknown,
  options?: ExecOptions,
): Promise<void> {
  const response = await inner(client).exec(command, attributes, options);
  response.next();
}

export function rawCommands(client: ImapFlow) {
  return {
    untaggedHandlers: inner(client).untaggedHandlers,
    /** New mail and expunges have to be asked for together (RFC 5465 5.2). */
    notify: (mailboxes: readonly string[]) =>
      execute(client, 'NOTIFY', [
        atom('SET'),
        [
          atom('MAILBOXES'),
          mailboxes.map((name) => mailboxName(client, name)),
          [atom('MessageNew'), atom('MessageExpunge')],
        ],
      ]),
    idle: (wake: AbortSignal) => idle(client, wake),
  };
}

/** DONE only after the server's continuation (RFC 2177 3). */
async function idle(client: ImapFlow, wake: AbortSignal): Promise<void> {
  let [begun, done] = [false, false];
  const finish = () => {
    if (!begun || done) return;
    done = true;
    inner(client).write('DONE');
  };
  wake.addEventListener('abort', finish, { once: true });
  try {
    await execute(client, 'IDLE', false, {
      onPlusTag: async () => {
        begun = true;
        if (wake.aborted) finish();
      },
    });
  } finally {
    wake.removeEventListener('abort', finish);
  }
}

function inner(client: ImapFlow): Inner {
  return client as unknown as Inner;
}
