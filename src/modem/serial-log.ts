import type { Clock } from '../base/clock.ts';
import { type Files, nodeFiles } from '../base/files.ts';
import type { Log } from '../base/log.ts';
import type { SerialLine } from './serial-line.ts';
import { type Traffic, TrafficDecoder } from './serial-log-decode.ts';
import { SerialLogFile } from './serial-log-file.ts';

/** One line of a serial log, as it stands in the file (JSON). */
export interface SerialLogEntry {
  /** Wall time, ISO 8601 with milliseconds. */
  readonly at: string;
  /** `>`: to the modem; `<`: from it. */
  readonly dir: '>' | '<';
  /** Redacted; control bytes as `\x1a`, raw bytes as `[n bytes]`. */
  readonly text: string;
  /** What it means, in words. */
  readonly means?: string;
  /** The bytes as they crossed, hexadecimal, not redacted. Only where it was asked for. */
  readonly raw?: string;
}

/** Takes what crosses a line. */
export interface SerialLogSink {
  write(traffic: Traffic): void;
}

export interface SerialLogOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes until the file becomes `PATH.1` and a new one begins. Default 5,000,000. */
  readonly maxBytes?: number;
  /** Whether the bytes themselves are kept too: they hold PINs, numbers and texts. Default false. */
  readonly raw?: boolean;
  readonly files?: Files;
}

/** A serial log in a file, made when the first line is written. */
export interface SerialLog extends SerialLogSink, AsyncDisposable {
  /** Resolves when everything written so far is in the file. */
  flushed(): Promise<void>;
}

/** Opens a log file. A disk that does not take it costs lines of the log, never the line itself. */
export function openSerialLog(options: SerialLogOptions): SerialLog {
  const { path, clock, log, raw = false } = options;
  const file = new SerialLogFile(path, options.maxBytes ?? 5_000_000, options.files ?? nodeFiles, log);
  return {
    write({ dir, text, means, raw: bytes }) {
      const at = new Date(clock.now()).toISOString();
      const entry: SerialLogEntry = {
        at,
        dir,
        text,
        ...(means === undefined ? {} : { means }),
        ...(raw ? { raw: bytes } : {}),
      };
      file.append(`${JSON.stringify(entry)}\n`);
    },
    flushed: () => file.flushed(),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** The same line, with everything that crosses it written to the sink. */
export function loggedLine(line: SerialLine, sink: SerialLogSink): SerialLine {
  return new LoggedLine(line, sink);
}

class LoggedLine implements SerialLine {
  readonly path: string;
  readonly closed: Promise<Error | undefined>;
  readonly setDtr?: (on: boolean) => Promise<void>;
  readonly #line: SerialLine;
  readonly #decoder: TrafficDecoder;
  #tapped = false;

  constructor(line: SerialLine, sink: SerialLogSink) {
    this.path = line.path;
    this.closed = line.closed;
    if (line.setDtr) this.setDtr = (on) => line.setDtr?.(on) ?? Promise.resolve();
    this.#line = line;
    this.#decoder = new TrafficDecoder((traffic) => sink.write(traffic));
    void line.closed.then(() => this.#decoder.flush());
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#decoder.push('>', bytes);
    return this.#line.write(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    // Only now: a line may keep its first bytes for its first listener.
    if (!this.#tapped) this.#line.onData((bytes) => this.#decoder.push('<', bytes));
    this.#tapped = true;
    return this.#line.onData(listener);
  }

  flow(on: boolean): void {
    this.#line.flow?.(on);
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#line.close();
  }
}
