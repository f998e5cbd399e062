import { expect, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { type Link, LinkError } from '../../../src/link/link.ts';
import { climbing } from '../../../src/link/ppp/climbing.ts';
import { ModemError } from '../../../src/modem/errors.ts';
import { run } from '../../modem/data/support.ts';
import { refused } from '../../modem/engine/script.ts';

const silent = () => new LinkError('PPP: nobody answered', { code: 'lcp-silent', temporary: true });

/** An opener that fails as often as told, and a modem that notes what is done to it. */
function ladder(
  options: { power?: boolean; fails?: () => Error | undefined; reset?: () => Promise<void> } = {},
) {
  const clock = new SimulatedClock();
  const done: string[] = [];
  const link = {} as Link;
  const open = climbing({
    open: async () => {
      done.push('open');
      const error = options.fails ? options.fails() : silent();
      if (error) throw error;
      return link;
    },
    modem: {
      reattach: async () => void done.push('reattach'),
      reset: async () => {
        done.push('reset');
        await options.reset?.();
      },
      restarted: async () => void done.push('restarted'),
    },
    power: options.power ? { cycle: async () => void done.push('power') } : undefined,
    clock,
    log: silentLog,
  });
  return { clock, done, link, open: (signal = new AbortController().signal) => run(clock, open(signal)) };
}

test('again, re-attach, reset, power cycle; then the session is given up', async () => {
  const its = ladder({ power: true });
  expect(await refused(its.open())).toMatchObject({ code: 'lcp-silent' });
  expect(its.done).toEqual([
    'open',
    'open',
    'reattach',
    'open',
    'reset',
    'open',
    'power',
    'restarted',
    'open',
  ]);
});

test('without a power switch it ends at the reset', async () => {
  const its = ladder();
  await refused(its.open());
  expect(its.done).toEqual(['open', 'open', 'reattach', 'open', 'reset', 'open']);
});

test('sessions that fail one after another reset the modem once in ten minutes, not more', async () => {
  const its = ladder({ power: true });
  for (let session = 0; session < 60; session += 1) {
    await refused(its.open());
    await its.clock.advance(30_000);
  }
  // Half an hour and the pauses.
  expect(its.done.filter((one) => one === 'reset').length).toBeLessThanOrEqual(4);
  expect(its.done.filter((one) => one === 'power').length).toBeLessThanOrEqual(2);
});

test('a session that comes up is given at once, and the next failure starts at the foot', async () => {
  let left = 2;
  const its = ladder({ fails: () => (left-- > 0 ? silent() : undefined) });
  expect(await its.open()).toBe(its.link);
  left = 1;
  await its.open();
  expect(its.done).toEqual(['open', 'open', 'reattach', 'open', 'open', 'open']);
});

test.each([
  ['authentication', new LinkError('refused', { code: 'auth-refused' })],
  ['a modem that is gone', new LinkError('gone', { code: 'modem-lost', temporary: true })],
  ['a fault of the program', new TypeError('x is undefined')],
])('not climbed for %s', async (_name, error) => {
  const its = ladder({ fails: () => error });
  expect(await refused(its.open())).toBe(error);
  expect(its.done).toEqual(['open']);
});

test('a rung that fails is followed by the next; a modem that goes in a reset ends it', async () => {
  const fails = (code: string) => async () => {
    throw new ModemError('no', { code, temporary: true });
  };
  const goesOn = ladder({ power: true, reset: fails('not-registered') });
  await refused(goesOn.open());
  expect(goesOn.done).toContain('power');
  const gone = ladder({ power: true, reset: fails('line-closed') });
  expect(await refused(gone.open())).toMatchObject({ code: 'line-closed' });
  expect(gone.done.at(-1)).toBe('reset');
});

test('given up in a pause, it goes on at the next rung in the next session', async () => {
  const its = ladder();
  const cancel = new AbortController();
  const opening = refused(its.open(cancel.signal));
  await its.clock.advance(0);
  cancel.abort(new Error('enough'));
  expect((await opening).message).toBe('enough');
  await refused(its.open());
  expect(its.done).toEqual(['open', 'open', 'reattach', 'open', 'reset', 'open']);
});
