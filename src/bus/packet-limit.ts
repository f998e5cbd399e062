import { Duplex, Transform, type TransformCallback } from 'node:stream';
import { BusError } from './bus.ts';

/**
 * The connection as a broker may read it: it is destroyed as soon as a packet announces more than `limit` bytes
 * (MQTT 3.1.1, 2.2.3, allows 256 MB, which the parser would gather in memory, before any password).
 */
export function limitPackets(connection: Duplex, limit: number): Duplex {
  const checked = new PacketLimit(limit);
  checked.on('error', (error) => connection.destroy(error));
  connection.pipe(checked);
  connection.once('close', () => checked.end());
  return Duplex.from({ readable: checked, writable: connection });
}

/** Passes bytes on, following the fixed headers (type, then the length in up to 4 groups of 7 bits). */
class PacketLimit extends Transform {
  readonly #limit: number;
  /** Bytes of the packet's body still to come. */
  #body = 0;
  /** Undefined between packets, else the length as far as it was read. */
  #length: { value: number; shift: number } | undefined;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#body > 0) {
        const taken = Math.min(this.#body, chunk.length - at);
        this.#body -= taken;
        at += taken;
      } else if (!this.#length) {
        this.#length = { value: 0, shift: 0 };
        at += 1;
      } else {
        if (!this.#takeLength(this.#length, chunk[at] ?? 0)) {
          done(tooLarge(this.#limit));
          return;
        }
        at += 1;
      }
    }
    done(null, chunk);
  }

  #takeLength(length: { value: number; shift: number }, byte: number): boolean {
    length.value += (byte & 0x7f) << length.shift;
    length.shift += 7;
    if (length.value > this.#limit || length.shift > 28) return false;
    if (byte & 0x80) return true;
    this.#body = length.value;
    this.#length = undefined;
    return true;
  }
}

function tooLarge(limit: number): BusError {
  return new BusError(`MQTT packet of more than ${limit} bytes: connection closed`, {
    code: 'packet-too-large',
    fields: { limit },
  });
}
