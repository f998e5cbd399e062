/** What a line of the modem tells about its sockets, whether it was asked for or not. */
export type SocketEvent =
  /** The network was opened (`code` 0), or was not. */
  | { readonly kind: 'network-open'; readonly code: number }
  | { readonly kind: 'network-closed' }
  /** The session is over, and nobody here asked for that. */
  | { readonly kind: 'network-lost' }
  | { readonly kind: 'opened'; readonly id: number; readonly code: number }
  /** How many bytes of a send the modem took; it is below `requested` when the connection is of no more use. */
  | { readonly kind: 'sent'; readonly id: number; readonly requested: number; readonly taken: number }
  /** Bytes wait in the modem. */
  | { readonly kind: 'data'; readonly id: number }
  /** The connection is over: the other side closed it (`clean`), or it broke. */
  | { readonly kind: 'ended'; readonly id: number; readonly clean: boolean; readonly words: string }
  /** The answer to our own close. */
  | { readonly kind: 'closed'; readonly id: number };

/** Why a command was refused, told in a line before its ERROR. */
export interface SocketRefusal {
  readonly words: string;
  /** `busy`: the same command will be taken a little later. `empty`: there is nothing to read. `open`: it is so already. */
  readonly kind: 'busy' | 'empty' | 'open' | 'other';
}

/** A command of the set-up; an optional one may be refused. */
export interface SetUpCommand {
  readonly text: string;
  readonly optional?: boolean;
}

/** How one family of modems speaks of TCP sockets. A new family is a file in `dialects/` and a row in
 * `dialects.ts`. */
export interface SocketsDialect {
  readonly name: string;
  /** Connections have the numbers 0 up to this, exclusive. */
  readonly connections: number;
  /** Most bytes of one send and of one receive command. */
  readonly sendLimit: number;
  readonly receiveLimit: number;
  /** Sent in this order before the network is opened. */
  readonly setUp: readonly SetUpCommand[];
  readonly network: { readonly query: string; readonly open: string; readonly close: string };
  /** Whether the answer to `network.query` says that it is open. */
  isNetworkOpen(lines: readonly string[]): boolean;
  open(id: number, host: string, port: number): string;
  send(id: number, length: number): string;
  receive(id: number, length: number): string;
  close(id: number): string;
  /** Prefixes of the lines that may come before the final result of these commands. */
  readonly claims: readonly string[];
  /** The same for `receive`, without what announces new data. */
  receiveClaims(id: number): readonly string[];
  /** The line before received bytes: how many follow, how many are left in the modem. */
  received(line: string): { readonly length: number; readonly rest: number } | undefined;
  event(line: string): SocketEvent | undefined;
  refusal(line: string): SocketRefusal | undefined;
  /** Words for the code of a failed open; `nameNotFound` when the name could not be resolved. */
  openFailure(code: number): { readonly words: string; readonly nameNotFound: boolean };
}
