import { Socket } from 'node:net';
import { asError, codeOf } from '../base/errors.ts';
import { connectError, LinkError } from './link.ts';

const NO_NAME = new Set([
  'ENOTFOUND',
  'ENODATA',
  'ESERVFAIL',
  'ETIMEOUT',
  'ETIMEDOUT',
  'EREFUSED',
  'ECANCELLED',
]);

/** A TCP connection of this machine. Every error it emits is a LinkError. */
export class LinkSocket extends Socket {
  readonly remote: string;

  /** `remote` is `host:port`. */
  constructor(remote: string) {
    super();
    this.remote = remote;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    super._destroy(error, (cause) => done(cause ? asLinkError(this.remote, cause) : null));
  }
}

function asLinkError(remote: string, error: Error): LinkError {
  if (error instanceof LinkError) return error;
  const isName = 'hostname' in error || NO_NAME.has(codeOf(error) ?? '');
  if (!isName || codeOf(error) === 'ETIMEDOUT') return connectError(remote, asError(error).message, error);
  return new LinkError(`${remote}: its name cannot be resolved: ${error.message}`, {
    code: 'name-not-found',
    temporary: true,
    fields: { remote },
    cause: error,
  });
}
