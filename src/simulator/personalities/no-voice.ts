import type { Personality } from '../personalities.ts';

/** What families without voice calls have in common. */
export const NO_VOICE = {
  voice: false,
  callBegin: undefined,
  callEnd: undefined,
  missedCall: undefined,
  cvhu: 0,
} as const satisfies Partial<Personality>;

/** Commands of the standards that they do not know. */
export const VOICE_COMMANDS = ['+CLIP', '+CRC', '+CHUP', '+CVHU', '+CHLD'] as const;
