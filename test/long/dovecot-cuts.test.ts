import { afterAll, beforeAll, expect, test } from 'vitest';
import { dovecotStage, withoutContent } from '../mail/sync/situations/dovecot-stage.ts';
import { expectBoth } from '../mail/sync/situations/imap-stage.ts';
import { started } from '../mail/sync/situations/run.ts';
import { MAILBOXES } from '../mail/sync/situations/scene.ts';
import { SITUATIONS } from '../mail/sync/situations/table.ts';
import { type CountingProxy, countingProxy } from '../support/counting-proxy.ts';
import { type Dovecot, dovecot } from '../support/dovecot.ts';
import { randomOf } from '../support/random.ts';

const SEEDS = Array.from({ length: 60 }, (_one, index) => index + 1);
const NAMES = Object.keys(SITUATIONS);
/** What a session brings down, bytes: TLS, then up to a few mails and answers. */
const FIRST = 700;
const LAST = 4500;

let server: Dovecot;
let proxy: CountingProxy;

beforeAll(async () => {
  server = await dovecot();
  proxy = await countingProxy({ port: server.imaps });
});

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test.each(SEEDS)(
  'seed %i: Dovecot is cut off in the middle, and in the end both sides are as they are to be',
  async (seed) => {
    const random = randomOf(seed);
    const name = NAMES[Math.floor(random() * NAMES.length)] as string;
    proxy.options = {};
    const { stage, situation, end, endHere } = await started(name, () => dovecotStage(server, proxy.port));
    proxy.options = { cutAfterDown: Math.floor(FIRST + random() * (LAST - FIRST)) };
    await stage.sync(situation.sync ?? MAILBOXES, situation.accept);
    const { cutAfterDown } = proxy.options;
    proxy.options = {};
    const context = `${name}, cut after ${cutAfterDown} bytes`;
    const results = await stage.sync(MAILBOXES, situation.accept);
    expect(results, context).toEqual(MAILBOXES.map((mailbox) => situation.results?.[mailbox] ?? 'ok'));
    await stage.sync(MAILBOXES, situation.accept);
    await expectBoth(stage, { end, endHere }, withoutContent, context);
    await stage.sync(MAILBOXES, situation.accept);
    await expectBoth(stage, { end, endHere }, withoutContent, `${context}, once more`);
  },
);
