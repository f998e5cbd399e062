import type { SocketsDialect } from './dialect.ts';
import { sim7600 } from './dialects/sim7600.ts';

/** Every dialect, by the name that a modem's profile gives. */
export const dialects = { sim7600 } satisfies Record<string, SocketsDialect>;

export type DialectName = keyof typeof dialects;
