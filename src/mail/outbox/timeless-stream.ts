import { MeteredStream } from '../connection/metered-stream.ts';

/** A counted stream that nodemailer takes for a socket: it sets timeouts, which a stream that is none does not know. */
export class TimelessStream extends MeteredStream {
  setTimeout(): this {
    return this;
  }

  /** The library listens to this stream as to the TLS over it, which then is the first to say why it ended. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    super._destroy(error, (ended) => setImmediate(done, ended));
  }
}
