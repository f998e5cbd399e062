import type { SocketsDialect } from './dialect.ts';
import { quectel } from './dialects/quectel.ts';
import { sim800 } from './dialects/sim800.ts';
import { sim7600 } from './dialects/sim7600.ts';

/** Every dialect, by the name that a modem's profile gives. */
export const dialects = { sim7600, sim800, quectel } satisfies Record<string, SocketsDialect>;

export type DialectName = keyof typeof dialects;
