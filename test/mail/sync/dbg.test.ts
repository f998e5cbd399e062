import { test } from 'vitest';
import { type Act, RandomWorld } from './situations/random.ts';
import { OFFERS } from './situations/run.ts';

const CASES: [keyof typeof OFFERS, Act[]][] = [
  [
    'without UIDPLUS',
    [
      { do: 'move', here: true, pick: 14 },
      { do: 'power cut', pick: 15 },
      { do: 'move', here: true, pick: 21 },
      { do: 'remove', here: false, pick: 0 },
    ] as Act[],
  ],
  [
    'without MOVE',
    [
      { do: 'move', here: true, pick: 0 },
      { do: 'remove', here: false, pick: 3 },
      { do: 'sync', pick: 0 },
      { do: 'renumber', pick: 4 },
      { do: 'move', here: true, pick: 35 },
    ] as Act[],
  ],
  [
    'with all extensions',
    [
      { do: 'copy', here: true, pick: 0 },
      { do: 'move', here: true, pick: 49 },
      { do: 'remove', here: false, pick: 0 },
      { do: 'flag', here: false, pick: 23 },
      { do: 'after a command', pick: 53 },
      { do: 'move', here: true, pick: 0 },
    ] as Act[],
  ],
];
test.each(CASES)('%s', async (offers, acts) => {
  const w = new RandomWorld(OFFERS[offers]);
  await w.begin();
  const show = async (what: string) =>
    console.log(
      what,
      '\n here',
      (await w.stage.here.lines()).join(', '),
      '\nthere',
      (await w.stage.there.lines()).join(', '),
      '\n',
      w.stage.room.server.log.join(' ; '),
    );
  await show('begin');
  for (const one of acts) {
    w.stage.room.server.forgetLog();
    await w.play(one);
    await show(JSON.stringify(one));
  }
  for (let i = 0; i < 3; i++) {
    w.stage.room.server.forgetLog();
    console.log(await w.stage.sync(['INBOX', 'Archive', 'Work']));
    await show('sync');
  }
});
