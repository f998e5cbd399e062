/** A serial port as bytes. Made by `openSerialLine` (npm serialport) or `memoryLine` (a pair in memory). */
export interface SerialLine extends AsyncDisposable {
  /** For messages: `/dev/ttyUSB2`. */
  readonly path: string;
  /** Resolves when the bytes were handed to the port; rejects (ModemError `line-closed`) on a closed one. */
  write(bytes: Uint8Array): Promise<void>;
  /** Adds a listener for what arrives; returns the function that removes it. */
  onData(listener: (bytes: Uint8Array) => void): () => void;
  /** Resolves when the line is gone: with the error, or with undefined after `close()`. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  close(): Promise<void>;
  /** Absent where the line has no such wire (PTYs, three-wire UARTs). */
  setDtr?(on: boolean): Promise<void>;
  /** Stops and starts reading: back-pressure. Absent where the line cannot wait. */
  flow?(on: boolean): void;
}
