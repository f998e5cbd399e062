import { expect, test } from 'vitest';
import { type Stage, stage } from './support.ts';

/** A far side that rings two seconds after the number was dialled. */
function farSide({ played, clock }: Stage, then: (sinceAlert: number) => string | undefined) {
  let dialed = 0;
  played.when(/^ATD/, () => {
    dialed = clock.now();
    return ['OK'];
  });
  played.when(/CHUP/, () => {
    dialed = 0;
    return ['OK'];
  });
  played.when(/CLCC/, () => {
    if (!dialed) return ['OK'];
    const since = clock.now() - dialed - 2000;
    const stat = since < 0 ? '2' : (then(since) ?? '3');
    return stat === 'gone' ? ['OK'] : [`+CLCC: 1,0,${stat},0,0,"+4915112345678",145`, 'OK'];
  });
}

test('it rings for the time asked for, then hangs up', async () => {
  const its = await stage();
  farSide(its, () => undefined);
  const modem = await its.open();
  const start = its.clock.now();
  expect(await its.run(modem.ring('+4915112345678', 15_000))).toBe('rang');
  expect(its.clock.now() - start).toBeGreaterThanOrEqual(17_000);
  expect(its.clock.now() - start).toBeLessThan(19_000);
  expect(its.played.commands).toContain('ATD+4915112345678;');
  expect(its.played.commands.slice(-2)).toEqual(['AT+CHUP', 'AT+CLCC']);
});

test('an answer costs money: hung up at once', async () => {
  const its = await stage();
  farSide(its, (since) => (since > 3000 ? '0' : undefined));
  const modem = await its.open();
  const start = its.clock.now();
  expect(await its.run(modem.ring('+4915112345678', 15_000))).toBe('answered');
  expect(its.clock.now() - start).toBeLessThan(6500);
  expect(its.played.commands).toContain('AT+CHUP');
});

test('the far side hangs up while it rings: it rang', async () => {
  const its = await stage();
  farSide(its, (since) => (since > 3000 ? 'gone' : undefined));
  const modem = await its.open();
  expect(await its.run(modem.ring('4711', 15_000))).toBe('rang');
});

test.each(['MO RING', '+CLCC: 1,0,3,0,0,"4711",129'])(
  'a far side that hangs up before +CLCC was asked rang, if %s told so',
  async (line) => {
    const its = await stage();
    const modem = await its.open();
    its.played.calls = ['+CLCC: 1,0,2,0,0,"4711",129'];
    its.played.when(/CHUP/, () => {
      its.played.calls = [];
      return ['OK'];
    });
    const ringing = modem.ring('4711', 15_000);
    ringing.catch(() => {});
    await its.clock.advance(1200);
    its.played.say(line, 'VOICE CALL: END: 000000', 'NO CARRIER');
    expect(await its.run(ringing)).toBe('rang');
  },
);

test('never ringing is no answer', async () => {
  const its = await stage();
  farSide(its, () => '2');
  const modem = await its.open();
  expect(await its.run(modem.ring('4711', 15_000))).toBe('no-answer');
  expect(its.played.commands).toContain('AT+CHUP');
});

test.each([
  ['BUSY', 'busy'],
  ['NO ANSWER', 'no-answer'],
  ['NO CARRIER', 'refused'],
  ['VOICE CALL: BEGIN', 'answered'],
])('%s after the OK is %s', async (line, outcome) => {
  const its = await stage();
  const modem = await its.open();
  its.played.calls = ['+CLCC: 1,0,2,0,0,"4711",129'];
  its.played.when(/CHUP/, () => {
    its.played.calls = [];
    return ['OK'];
  });
  const ringing = modem.ring('4711', 15_000);
  ringing.catch(() => {});
  await its.clock.advance(1200);
  its.played.say(line);
  expect(await its.run(ringing)).toBe(outcome);
});

test.each([
  ['BUSY', 'busy'],
  ['NO ANSWER', 'no-answer'],
  ['NO CARRIER', 'refused'],
  ['NO DIALTONE', 'refused'],
  ['+CME ERROR: 30', 'refused'],
  ['ERROR', 'refused'],
])('%s instead of OK is %s', async (line, outcome) => {
  const its = await stage();
  its.played.when(/^ATD/, [line]);
  const modem = await its.open();
  expect(await its.run(modem.ring('4711', 15_000))).toBe(outcome);
});

test('giving up hangs up all the same', async () => {
  const its = await stage();
  farSide(its, () => undefined);
  const modem = await its.open();
  const stop = new AbortController();
  const ringing = modem.ring('4711', 15_000, stop.signal);
  ringing.catch(() => {});
  await its.clock.advance(5000);
  stop.abort(new Error('no longer wanted'));
  await expect(its.run(ringing)).rejects.toThrow('no longer wanted');
  expect(its.played.commands.slice(-2)).toEqual(['AT+CHUP', 'AT+CLCC']);
});

test.each(['', '12', '4711;+CMGD=1,4', 'T4711', '+49 151', '4711\r', '++49', '1'.repeat(21)])(
  'nothing but digits reaches the command line: %j',
  async (number) => {
    const its = await stage();
    const modem = await its.open();
    await expect(its.run(modem.ring(number, 1000))).rejects.toMatchObject({ code: 'bad-number' });
    expect(its.played.commands.some((command) => command.startsWith('ATD'))).toBe(false);
  },
);
