import type { Command } from './command.ts';
import type { ByteInput } from './input.ts';
import type { Serial } from './serial.ts';

/** How a handler answers a command. The final result is OK unless the handler throws an `AtRefusal`. */
export interface Answer {
  /** An information line. */
  line(text: string): void;
  /** Bytes as they are, after the line end of an information line. */
  raw(bytes: Uint8Array): void;
  /** Shows a prompt and reads what follows it; undefined when it was given up with ESC. */
  prompt(options: PromptOptions): Promise<Uint8Array | undefined>;
  /** What the terminal sends, for handlers that take more than their command line. */
  readonly input: ByteInput;
  /** The settings of the terminal that the command came from. */
  readonly serial: Serial;
  /** Unsolicited lines of this terminal are lost meanwhile. */
  deaf<T>(work: () => Promise<T>): Promise<T>;
  /** Runs once the final result is out. */
  after(action: () => void): void;
  /** No final result at all. */
  withoutFinal(): void;
}

export interface PromptOptions {
  /** Exactly so many bytes; undefined: until Ctrl-Z. */
  readonly length?: number | undefined;
  /** Whether each line end brings a new prompt (text mode of short messages). */
  readonly lines?: boolean;
}

export type Handler = (command: Command, answer: Answer) => void | Promise<void>;

/**
 * One thing that a modem can do. A modem is a stack of them: the newest that knows a command answers it,
 * so a test or a personality can put its own on top.
 */
export interface Behaviour {
  /** By name: `+CMGS`, `D`. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Asked before every command, whoever answers it; throws an `AtRefusal` to refuse. */
  guard?(command: Command): void;
  /** Back to the state after power-on: calls, connections and volatile settings are gone. */
  reset?(): void;
}
