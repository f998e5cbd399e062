import { CONFLICTS } from './conflicts.ts';
import { LOCAL_CHANGES } from './local-changes.ts';
import { MOVES } from './moves.ts';
import { NEW_MESSAGES } from './new-messages.ts';
import { ODD_MESSAGES } from './odd-messages.ts';
import { RENUMBERINGS } from './renumberings.ts';
import type { Situation } from './scene.ts';
import { SERVER_CHANGES } from './server-changes.ts';

/** Every situation in which two copies can be, as far as we have thought of it. */
export const SITUATIONS: readonly Situation[] = [
  ...SERVER_CHANGES,
  ...LOCAL_CHANGES,
  ...NEW_MESSAGES,
  ...MOVES,
  ...CONFLICTS,
  ...RENUMBERINGS,
  ...ODD_MESSAGES,
];
