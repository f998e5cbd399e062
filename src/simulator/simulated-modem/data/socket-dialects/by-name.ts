import type { SocketDialect } from './dialect.ts';
import { quectelSockets } from './quectel.ts';
import { sim800Sockets } from './sim800.ts';
import { simcomSockets } from './simcom.ts';

/** By the name in a personality. */
export const SOCKET_DIALECTS = {
  simcom: simcomSockets,
  sim800: sim800Sockets,
  quectel: quectelSockets,
} satisfies Record<string, SocketDialect>;

export type SocketDialectName = keyof typeof SOCKET_DIALECTS;
