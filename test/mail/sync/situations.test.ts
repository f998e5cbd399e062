import { describe, expect, test } from 'vitest';
import { MemoryStage } from './situations/memory-stage.ts';
import { expectedResults, OFFERS, started } from './situations/run.ts';
import { MAILBOXES } from './situations/scene.ts';
import { messagesIn, SITUATIONS } from './situations/table.ts';

test('there are enough of them', () => {
  expect(Object.keys(SITUATIONS).length).toBeGreaterThanOrEqual(60);
});

describe.each(Object.entries(OFFERS))('%s', (_name, offers) => {
  test.each(Object.keys(SITUATIONS))('%s', async (name) => {
    const { stage, situation, end, endHere } = await started(name, () => new MemoryStage(offers));
    const results = await stage.sync(situation.sync ?? MAILBOXES, situation.accept);
    const expected = expectedResults(situation);
    expect(results).toEqual([...expected, ...results.slice(expected.length).map(() => 'ok')]);
    expect(await stage.there.lines()).toEqual(end);
    expect(await stage.here.lines()).toEqual(endHere);
    stage.room.server.forgetLog();
    await stage.sync(MAILBOXES);
    expect(stage.room.server.bodies).toEqual([]);
    expect(stage.room.server.log.filter((line) => !/^(\||SELECT|FETCH|SEARCH|LOGOUT)/.test(line))).toEqual(
      [],
    );
    expect([await stage.there.lines(), await stage.here.lines()]).toEqual([end, endHere]);
    expect(messagesIn(situation.end)).toHaveLength(end.length);
  });
});
