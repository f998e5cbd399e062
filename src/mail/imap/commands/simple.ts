import { MailError } from '../../errors.ts';
import { Capabilities } from '../capabilities.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connection/connection.ts';
import { confused } from '../wire/wire-error.ts';

/** Asks what the server can do. */
export function capabilityCommand(): Command<Capabilities> {
  let announced: Capabilities | undefined;
  return {
    verb: 'CAPABILITY',
    parts: ['CAPABILITY'],
    data: (response) => {
      announced = Capabilities.in(response) ?? announced;
    },
    result: (completion) => {
      const capabilities = Capabilities.in(completion) ?? announced;
      if (!capabilities) throw confused('server-confused', 'it answered CAPABILITY without any');
      return capabilities;
    },
  };
}

/** Switches on QRESYNC, and CONDSTORE with it (RFC 7162 3.2.3). The result says whether it is on. */
export function enableCommand(): Command<boolean> {
  let enabled = false;
  return {
    verb: 'ENABLE',
    parts: ['ENABLE QRESYNC'],
    data: (response) => {
      const words = response.kind === 'data' && response.name === 'ENABLED' ? response.items : [];
      enabled ||= words.some((item) => item.kind === 'atom' && item.text.toUpperCase() === 'QRESYNC');
    },
    result: () => enabled,
    refused: () => false,
  };
}

/** TLS from the OK on. */
export function startTlsCommand(connection: Connection, host: string): Command<void> {
  return {
    verb: 'STARTTLS',
    parts: ['STARTTLS'],
    holds: true,
    vital: true,
    change: () => connection.upgrade(),
    result: () => {},
    refused: ({ status, text }) => {
      throw new MailError(`STARTTLS at ${host}: ${status} ${text}`, {
        code: 'tls-refused',
        fields: { host },
      });
    },
  };
}

/** Deflate from the OK on (RFC 4978: nothing may be sent until then). The result says whether it is on. */
export function compressCommand(connection: Connection): Command<boolean> {
  return {
    verb: 'COMPRESS',
    parts: ['COMPRESS DEFLATE'],
    holds: true,
    change: () => connection.compress(),
    result: () => true,
    refused: () => false,
  };
}

export function logoutCommand(): Command<void> {
  return { verb: 'LOGOUT', parts: ['LOGOUT'], holds: true, result: () => {}, refused: () => {} };
}
