import { describe, test } from 'vitest';
import { embeddedStage, SWITCHED_OFF } from './situations/embedded-stage.ts';
import { playToTheEnd } from './situations/imap-stage.ts';
import { SITUATIONS } from './situations/table.ts';

describe.each(Object.entries(SWITCHED_OFF))('the embedded server %s', (_name, without) => {
  test.each(Object.keys(SITUATIONS))('%s', (name) => playToTheEnd(name, () => embeddedStage(without)));
});
