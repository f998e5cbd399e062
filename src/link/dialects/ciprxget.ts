import { numbersIn, type SocketEvent, type SocketsDialect } from '../dialect.ts';

/** Buffer access with AT+CIPRXGET, the same in all SIMCom families. */
export const ciprxget: Pick<SocketsDialect, 'receive' | 'receiveClaims' | 'received'> = {
  receive: (id, length) => ({ text: `AT+CIPRXGET=2,${id},${length}` }),
  receiveClaims: (id) => [`+CIPRXGET: 2,${id},`],
  received(line) {
    const [, length, rest] = numbersIn(/^\+CIPRXGET: ?2,(\d+),(\d+),(\d+)/, line) ?? [];
    return length === undefined || rest === undefined ? undefined : { length, rest };
  },
};

/** `+CIPRXGET: 1,0`: bytes wait. */
export function announced(line: string): SocketEvent | undefined {
  const [id] = numbersIn(/^\+CIPRXGET: ?1,(\d+)/, line) ?? [];
  return id === undefined ? undefined : { kind: 'data', id };
}
