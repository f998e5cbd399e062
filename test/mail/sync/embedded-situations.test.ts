import { test } from 'vitest';
import { embeddedStage, SWITCHED_OFF } from './situations/embedded-stage.ts';
import { playToTheEnd } from './situations/imap-stage.ts';
import { SITUATIONS } from './situations/table.ts';

const switches = Object.entries(SWITCHED_OFF);

/** A sample: each third situation, at one server after another; `npm run test:long` plays all at all of them. */
const SAMPLE = Object.keys(SITUATIONS)
  .filter((_name, index) => index % 3 === 0)
  .map((name, index) => [name, ...(switches[index % switches.length] as (typeof switches)[0])] as const);

test.each(SAMPLE)('%s, at the embedded server %s', (name, _switch, without) =>
  playToTheEnd(name, () => embeddedStage(without)),
);
