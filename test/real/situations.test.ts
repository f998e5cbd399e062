import { afterAll, beforeAll, describe, test } from 'vitest';
import { dovecotStage, withoutContent } from '../mail/sync/situations/dovecot-stage.ts';
import { playToTheEnd } from '../mail/sync/situations/imap-stage.ts';
import { SITUATIONS } from '../mail/sync/situations/table.ts';
import { type Dovecot, dovecot } from '../support/dovecot.ts';

let server: Dovecot;

beforeAll(async () => {
  server = await dovecot();
});

afterAll(() => server?.[Symbol.asyncDispose]());

describe('at Dovecot', () => {
  test.each(Object.keys(SITUATIONS))('%s', (name) =>
    playToTheEnd(name, () => dovecotStage(server), withoutContent),
  );
});
