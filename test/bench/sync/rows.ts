/** What happens between two synchronisations. */
export interface Situation {
  readonly what: string;
  /** Sizes of new mails, bytes. */
  readonly mails?: readonly number[];
  /** How many old messages are changed at the server. */
  readonly atServer?: { readonly flagged: number; readonly removed: number };
  /** How many are changed in the copy. */
  readonly inCopy?: { readonly flagged: number; readonly removed: number };
  /** Seconds that Ringpost may take on the slow network. */
  readonly aim: number;
}

/** Bytes; 155 kB together, which deflate to 45. */
const TEN_MAILS = [3200, 3200, 3600, 4600, 6100, 9300, 14_300, 22_400, 34_400, 53_600];
const SMALL = 5000;

/** In this order: each begins where the one before ended. */
export const ROWS = {
  a: { what: 'nothing new', aim: 2.9 },
  b: { what: 'one new mail, 5 kB', mails: [SMALL], aim: 4.1 },
  c: { what: 'ten new mails, 155 kB', mails: TEN_MAILS, aim: 13 },
  d: {
    what: 'one new mail, 20 flags, 5 expunged',
    mails: [SMALL],
    atServer: { flagged: 20, removed: 5 },
    aim: 4.5,
  },
  e: { what: '10 flags and 3 deletions going up', inCopy: { flagged: 10, removed: 3 }, aim: 3 },
} as const satisfies Record<string, Situation>;
export type RowName = keyof typeof ROWS;

/** What a network can do. */
export const NETWORKS = {
  slow: { rttMs: 700, downBitsPerSecond: 40_000, upBitsPerSecond: 20_000 },
  good: { rttMs: 100, downBitsPerSecond: 1e6, upBitsPerSecond: 1e6 },
} as const;
export type NetworkName = keyof typeof NETWORKS;

export const SIZES = [5000, 100_000] as const;
