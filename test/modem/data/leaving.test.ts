import { describe, expect, test } from 'vitest';
import { refused } from '../engine/script.ts';
import { stage } from '../modem/support.ts';
import { played } from './support.ts';

const ESCAPED: readonly [RegExp, string] = [/^\+\+\+$/, '\r\nOK\r\n'];

describe('hanging up', () => {
  test('silence, +++, OK, ATH, OK; then AT, and the commands that waited', async () => {
    const its = await played({ answers: [ESCAPED] });
    const call = await its.run(its.calls.dial());
    const quality = its.channel.command('AT+CSQ');
    await its.clock.advance(0);
    call.stream.write('~bye~');
    const before = its.clock.monotonic();
    const over = call[Symbol.asyncDispose]();
    await its.clock.advance(1000);
    // The guard time is not over.
    expect(its.sent()).toMatch(/~bye~$/);
    await its.run(over);
    await its.run(quality);
    expect(its.sent()).toContain('~bye~+++ATH\r\x1bAT\rAT+CSQ\r');
    expect(await call.ended).toEqual({ why: 'left' });
    expect(its.clock.monotonic() - before).toBeLessThan(3000);
  });

  test('nothing written afterwards gets out', async () => {
    const its = await played({ answers: [ESCAPED] });
    const call = await its.run(its.calls.dial());
    const over = call[Symbol.asyncDispose]();
    call.stream.write('~late~');
    await its.run(over);
    expect(its.sent()).not.toContain('late');
  });

  test('an escape that is not answered is sent again, with its pauses', async () => {
    let tries = 0;
    const its = await played({
      answers: [[/^\+\+\+$/, () => (++tries < 3 ? '' : '\r\nOK\r\n')]],
    });
    const call = await its.run(its.calls.dial());
    await its.run(call[Symbol.asyncDispose]());
    expect(its.sent()).toMatch(/\+\+\+\+\+\+\+\+\+ATH\r/);
    expect(await call.ended).toEqual({ why: 'left' });
  });

  test('one that is never answered is bounded; the line is given back all the same', async () => {
    const its = await played({ answers: [[/^\+\+\+$/, '']] });
    const call = await its.run(its.calls.dial());
    const before = its.clock.monotonic();
    await its.run(call[Symbol.asyncDispose]());
    expect(its.clock.monotonic() - before).toBeLessThan(12_000);
    expect(its.sent().match(/\+\+\+/g)).toHaveLength(3);
    await its.run(its.channel.command('AT+CSQ'));
  });

  test('frames that still come in do not hide the OK', async () => {
    const its = await played({ answers: [[/^\+\+\+$/, '~last frame~\r\nOK\r\n']] });
    const call = await its.run(its.calls.dial());
    its.say('~half a fr');
    await its.run(call[Symbol.asyncDispose]());
    expect(its.sent().match(/\+\+\+/g)).toHaveLength(1);
  });

  test('NO CARRIER in the guard time: the modem left by itself, and nothing is sent', async () => {
    const its = await played({ answers: [ESCAPED] });
    const call = await its.run(its.calls.dial());
    const over = call[Symbol.asyncDispose]();
    await its.clock.advance(300);
    its.say('~\r\nNO CARRIER\r\n');
    await its.run(over);
    expect(its.sent()).not.toContain('+++');
    expect(await call.ended).toEqual({ why: 'left' });
  });

  test('DTR where the profile says so and the line has it; +++ where it has not', async () => {
    const data = { dial: ['ATD*99#'], settings: [], escape: 'dtr' as const };
    const wired = await played({ profile: { data }, dtr: true });
    const call = await wired.run(wired.calls.dial());
    await wired.run(call[Symbol.asyncDispose]());
    expect(wired.dtr).toEqual([false, true]);
    expect(wired.sent()).not.toContain('+++');
    const bare = await played({ profile: { data }, answers: [ESCAPED] });
    const other = await bare.run(bare.calls.dial());
    await bare.run(other[Symbol.asyncDispose]());
    expect(bare.sent()).toContain('+++ATH\r');
  });
});

describe('dialling', () => {
  test('the strings of the profile in their order; settings first', async () => {
    const its = await played({
      answers: [[/ATD\*99#/, '\r\nERROR\r\n']],
      profile: {
        data: {
          dial: ['ATD*99#', 'ATD*99***1#'],
          settings: [{ set: 'AT&D2', optional: false }],
          escape: 'plus',
        },
      },
    });
    const call = await its.run(its.calls.dial());
    expect(its.sent()).toBe('AT&D2\rATD*99#\rATD*99***1#\r');
    expect(call.connect).toBe('CONNECT 150000000');
    expect(its.calls.open).toBe(true);
  });

  test.each([
    ['NO CARRIER', 'no-carrier', true, 'access point name'],
    ['NO DIALTONE', 'no-dialtone', true, 'no dial tone to the packet network'],
    ['BUSY', 'busy', true, 'in use'],
    ['ERROR', 'error', true, 'does not take the dial command'],
    ['+CME ERROR: 30', 'cme-error', true, 'no network service'],
    ['+CME ERROR: 133', 'cme-error', false, 'refuses the data call'],
  ])('%s is %s', async (line, code, temporary, words) => {
    const its = await played({
      answers: [
        [/ATD/, `\r\n${line}\r\n`],
        [/CEER/, '\r\n+CEER: "SM","missing or unknown APN"\r\n\r\nOK\r\n'],
      ],
    });
    const error = await its.run(refused(its.calls.dial()));
    expect(error).toMatchObject({ code, temporary });
    expect(error.message).toContain(words);
    expect(error.message).toContain('+CEER: SM, missing or unknown APN');
    expect(its.calls.open).toBe(false);
  });

  test('given up while it dials, and connected all the same: it is hung up, and the line serves commands', async () => {
    const its = await played({ answers: [[/ATD/, ''], ESCAPED, [/^.AT\r/, '']] });
    const cancel = new AbortController();
    const dialling = refused(its.calls.dial(cancel.signal));
    await its.clock.advance(500);
    cancel.abort(new Error('enough'));
    expect(await dialling).toMatchObject({ code: 'aborted' });
    its.say('\r\nCONNECT 115200\r\n~frame~');
    await its.clock.advance(6000);
    expect(its.sent()).toContain('+++ATH\r');
  });
});

test('with a channel of its own, the call leaves the AT channel to commands', async () => {
  const its = await stage();
  const data = await played({ answers: [ESCAPED] });
  const modem = await its.open({ dataChannel: data.channel });
  const dialled = modem.dialData();
  await data.clock.advance(100);
  await its.clock.advance(100);
  const call = await its.run(dialled);
  expect(data.sent()).toMatch(/AT\rATE0\r.*ATD\*99#\r$/s);
  await its.run(modem.signalStrength());
  its.played.calls = ['+CLCC: 1,1,4,0,0,"+491511234567",145'];
  its.played.when(/CHUP/, ['ERROR']);
  await its.run(refused(modem.hangUp()));
  // ATH would take the data call with it.
  expect(its.played.commands).not.toContain('ATH');
  expect(call.connect).toBe('CONNECT 150000000');
});

test('re-attach and reset: the commands of the profile, then ready again', async () => {
  const its = await stage();
  const modem = await its.open();
  const before = its.played.commands.length;
  await its.run(modem.reattach());
  expect(its.played.commands.slice(before, before + 2)).toEqual(['AT+CGATT=0', 'AT+CGATT=1']);
  const later = its.played.commands.length;
  await its.run(modem.reset());
  const after = its.played.commands.slice(later);
  expect(after[0]).toMatch(/^AT\+C(FUN=1,1|RESET)$/);
  expect(after).toContain('AT+CNMI=2,1,0,0,0');
  its.played.when(/C(E|G)?REG/, ['ERROR']);
  its.played.when(/\+CREG\?/, ['+CREG: 1,2', 'OK']);
  expect(await its.run(refused(modem.reattach()))).toMatchObject({ code: 'not-registered', temporary: true });
});
