/** Where the data session leads to. */
export interface AccessPoint {
  /** Of the operator: `internet`, `web.vodafone.de`. */
  readonly name: string;
  readonly user?: string;
  readonly password?: string;
}

/** Why a network or a connection did not open. */
export interface SocketFailure {
  readonly words: string;
  /** The modem's own number for it. */
  readonly number?: number;
  /** Whether it was the name that could not be resolved; left out where the modem does not tell. */
  readonly nameNotFound?: boolean;
}

/** What a line of the modem tells about its sockets, whether it was asked for or not. */
export type SocketEvent =
  | { readonly kind: 'network-open'; readonly failure?: SocketFailure | undefined }
  | { readonly kind: 'network-closed' }
  /** The session is over, and nobody here asked for that. */
  | { readonly kind: 'network-lost' }
  | { readonly kind: 'opened'; readonly id: number; readonly failure?: SocketFailure | undefined }
  /** How many bytes of a send the modem took; after fewer than all the connection is of no more use. */
  | { readonly kind: 'sent'; readonly id: number; readonly taken: number | 'all' }
  /** It took none of them for want of room, and will a little later. */
  | { readonly kind: 'full'; readonly id: number }
  /** Bytes wait in the modem. */
  | { readonly kind: 'data'; readonly id: number }
  /** The connection is over: the other side closed it (`clean`), or it broke. */
  | { readonly kind: 'ended'; readonly id: number; readonly clean: boolean; readonly words: string }
  /** The answer to our own close. */
  | { readonly kind: 'closed'; readonly id: number }
  /** The answer to `askName`. */
  | { readonly kind: 'name'; readonly found: boolean };

/** Why a command was refused, told in a line beside its ERROR. */
export interface SocketRefusal {
  readonly words: string;
  /** `busy`: the same command will be taken a little later. `empty`: there is nothing to read. `open`: it is so already. */
  readonly kind: 'busy' | 'empty' | 'open' | 'other';
}

/** One command of a dialect. */
export interface SocketCommand {
  readonly text: string;
  /** For logs and errors, where the text holds a secret. */
  readonly shown?: string;
  /** The modem may refuse it. */
  readonly optional?: boolean;
  /** How long the manual lets it take. */
  readonly seconds?: number;
  /** It is left out when the answer to `query` has a line that begins like this. */
  readonly unless?: { readonly query: string; readonly line: string };
  /** The lines that end it in place of OK. */
  readonly final?: RegExp;
  /** What its end means. Where absent, a line of its own tells that, before or after OK. */
  means?(final: string): SocketEvent;
}

/**
 * How one family of modems speaks of TCP sockets. A new family is a file in `dialects/`, a row in `dialects.ts`
 * and a name in the schema of the profiles.
 */
export interface SocketsDialect {
  readonly name: string;
  /** Connections have the numbers 0 up to this, exclusive. */
  readonly connections: number;
  /** Most bytes of one send and of one receive command. */
  readonly sendLimit: number;
  readonly receiveLimit: number;
  /** Whether a connection that failed or ended keeps its number until it is closed by us. */
  readonly keepsEnded: boolean;
  /** Sent in this order before the network is opened. Without an access point, what the modem holds serves. */
  setUp(apn: AccessPoint | undefined): readonly SocketCommand[];
  readonly network: {
    /** Tells whether a session is open from before; where absent, it is closed without asking. */
    readonly query?: { readonly text: string; isOpen(lines: readonly string[]): boolean };
    readonly open: SocketCommand;
    readonly close: SocketCommand;
  };
  open(id: number, host: string, port: number): SocketCommand;
  send(id: number, length: number): SocketCommand;
  receive(id: number, length: number): SocketCommand;
  close(id: number): SocketCommand;
  /** Asks whether a name is known, where a failed `open` does not tell. */
  askName?(host: string): SocketCommand;
  /** Asks why the command before was refused, where its ERROR says nothing; `refusal` reads the answer. */
  readonly askWhy?: SocketCommand;
  /** Prefixes of the lines that may come before the final result of these commands. */
  readonly claims: readonly string[];
  /** The same for `receive`, without what announces new data. */
  receiveClaims(id: number): readonly string[];
  /** The line before received bytes: how many follow, and how many are left in the modem as far as it tells. */
  received(line: string): { readonly length: number; readonly rest: number } | undefined;
  event(line: string): SocketEvent | undefined;
  refusal(line: string): SocketRefusal | undefined;
}

/** The failure that a result code means; 0 is none. */
export function failureIn(
  errors: Readonly<Record<number, string>>,
  nameNotFound: number,
  number: number,
): SocketFailure | undefined {
  if (number === 0) return undefined;
  return {
    number,
    words: errors[number] ?? 'not in the manual',
    nameNotFound: number === nameNotFound,
  };
}

/** The numbers in a line, or undefined where it is another line. */
export function numbersIn(pattern: RegExp, line: string): number[] | undefined {
  return pattern.exec(line)?.slice(1).map(Number);
}
