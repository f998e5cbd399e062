/** How good the network is; all of it can be changed while it runs (`CellularNetwork.conditions`). */
export interface Conditions {
  /** Milliseconds from the submission of a short message to its delivery. */
  smsLatencyMs: number;
  /** Share of short messages that vanish after the sender was told OK, 0 to 1. */
  smsLoss: number;
  /** Share that arrive twice. */
  smsDuplication: number;
  /** Share that take up to four latencies longer, so that later ones overtake them. */
  smsReordering: number;
  /** Milliseconds from dialling to the first ring. */
  callLatencyMs: number;
  /** Milliseconds of ringing until the network gives up (`no-answer`). */
  ringLimitMs: number;
  /** Milliseconds from switching a radio on to registration. */
  registrationMs: number;
  /** Round trip of data, milliseconds. */
  rttMs: number;
  /** Bits per second of each modem, all its connections together. */
  downBitsPerSecond: number;
  upBitsPerSecond: number;
}

/** A decent day on LTE: quick, but not so quick that races hide. */
export const GOOD_CONDITIONS: Conditions = {
  smsLatencyMs: 400,
  smsLoss: 0,
  smsDuplication: 0,
  smsReordering: 0,
  callLatencyMs: 400,
  ringLimitMs: 45_000,
  registrationMs: 300,
  rttMs: 60,
  downBitsPerSecond: 5_000_000,
  upBitsPerSecond: 2_000_000,
};

/** Nothing takes time: for tests that are about something else. */
export const INSTANT_CONDITIONS: Conditions = {
  ...GOOD_CONDITIONS,
  smsLatencyMs: 0,
  callLatencyMs: 0,
  registrationMs: 0,
  rttMs: 0,
  downBitsPerSecond: Number.POSITIVE_INFINITY,
  upBitsPerSecond: Number.POSITIVE_INFINITY,
};
