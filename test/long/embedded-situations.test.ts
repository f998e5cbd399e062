import { describe, test } from 'vitest';
import { embeddedStage, SWITCHED_OFF } from '../mail/sync/situations/embedded-stage.ts';
import { playToTheEnd } from '../mail/sync/situations/imap-stage.ts';
import { SITUATIONS } from '../mail/sync/situations/table.ts';

describe.each(Object.entries(SWITCHED_OFF))('the embedded server %s', (_name, without) => {
  test.each(Object.keys(SITUATIONS))('%s', (name) => playToTheEnd(name, () => embeddedStage(without)));
});
