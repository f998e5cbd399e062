/** The answer to one AT command. */
export interface AtReply {
  /** Information lines that the command claimed, without line ends, in their order. */
  readonly lines: readonly string[];
  /** The final result line: `OK`, `CONNECT 115200` ... (errors are thrown). */
  readonly final: string;
  /** Raw bytes announced by an information line (see `payload`), in the order of their lines. */
  readonly payloads: readonly Uint8Array[];
}

export interface CommandOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until ModemError `timeout`. Default 5000. */
  readonly timeout?: number;
  /**
   * Prefixes of the information lines that belong to this command. Default: the names of the commands in the
   * text, `+CREG:` for `AT+CREG?`. `'*'` claims every line that is not a known URC (`ATI`, `AT+CGMM`).
   */
  readonly claims?: readonly string[];
  /** Bytes to send when the `> ` prompt comes (with the closing Ctrl-Z where the command wants one). */
  readonly prompt?: Uint8Array;
  /** How many raw bytes follow this information line, after its line end; undefined: none. */
  readonly payload?: (line: string) => number | undefined;
  /** A line that ends the command well although it is none of the standard final results (`+CIPSEND: 1,5,5`). */
  readonly final?: (line: string) => boolean;
  /** What to show in logs and errors instead of the text, when it holds a secret (`AT+CPIN=…`). */
  readonly shown?: string;
}

/** Unsolicited lines, such as `+CMTI: "SM",0`, without line ends. */
export type UrcListener = (line: string) => void;

/**
 * One AT command interface (3GPP TS 27.007, ITU-T V.250). One command at a time; further calls wait their turn.
 * Errors: ModemError with `code` `timeout`, `aborted`, `line-closed`, `error` (ERROR), `cme-error`,
 * `cms-error`, `no-carrier`, `busy`, `no-answer`, `no-dialtone`; `fields.command`, `fields.reply`, `fields.number`.
 */
export interface AtChannel extends AsyncDisposable {
  readonly path: string;
  command(text: string, options?: CommandOptions): Promise<AtReply>;
  /** Lines that no command claimed. Every listener gets every line. Returns the function that removes it. */
  onUrc(listener: UrcListener): () => void;
  /** Resolves when the channel cannot be used any more. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}
