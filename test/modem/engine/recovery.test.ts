import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import { framed, refused, ScriptedModem, scripted } from './script.ts';

const PROBE = '\x1bAT\r';

describe('after a time-out', () => {
  test('the late reply is dropped, URCs are not, and the next command gets its own answer', async () => {
    const { channel, modem, clock, urcs } = scripted([
      { expect: 'AT+COPS?\r' },
      { expect: PROBE },
      { expect: 'AT+CREG?\r', reply: framed('+CREG: 0,1', 'OK') },
    ]);
    const late = refused(channel.command('AT+COPS?', { timeout: 2000 }));
    const next = channel.command('AT+CREG?');
    await clock.advance(2100);
    expect(await late).toMatchObject({
      code: 'timeout',
      temporary: true,
      message: 'AT+COPS? on test: no answer within 2 s',
    });
    modem.say(framed('+COPS: 0,0,"late"', '+CMTI: "SM",2', 'OK'));
    await clock.advance(200);
    modem.say(framed('OK'));
    await clock.advance(200);
    expect(modem.received).not.toContain('CREG');
    await clock.advance(200);
    expect((await next).lines).toEqual(['+CREG: 0,1']);
    expect(urcs).toEqual(['+CMTI: "SM",2']);
    modem.done();
  });

  test('AT is repeated until it is answered; ERROR counts as an answer', async () => {
    const { channel, modem, clock } = scripted([
      { expect: 'AT+A\r' },
      { expect: PROBE },
      { expect: PROBE },
      { expect: PROBE, reply: framed('ERROR') },
      { expect: 'AT+B\r', reply: framed('OK') },
    ]);
    const dead = refused(channel.command('AT+A', { timeout: 1000 }));
    const next = channel.command('AT+B');
    await clock.advance(1000);
    await dead;
    await clock.advance(4400);
    expect(await next).toMatchObject({ final: 'OK' });
    modem.done();
  });

  test('half a payload does not swallow the answers to come', async () => {
    const { channel, modem, clock, urcs } = scripted([
      { expect: 'AT+R\r', reply: '\r\n+R: 100\r\nhalf of it' },
      { expect: PROBE },
      { expect: PROBE, reply: framed('OK') },
      { expect: 'AT+B\r', reply: framed('+B: 1', 'OK') },
    ]);
    const dead = refused(channel.command('AT+R', { timeout: 1000, payload: () => 100 }));
    const next = channel.command('AT+B');
    await clock.advance(4000);
    expect(await dead).toMatchObject({ code: 'timeout' });
    expect((await next).lines).toEqual(['+B: 1']);
    expect(urcs).toEqual([]);
    modem.done();
  });
});

describe('abort', () => {
  test('in a prompt wait: ESC goes out, the late prompt gets no data', async () => {
    const { channel, modem, clock, urcs } = scripted([
      { expect: 'AT+CMGS=5\r' },
      { expect: PROBE, reply: ['\r\n> ', framed('OK'), framed('OK')] },
      { expect: 'AT+CSQ\r', reply: framed('+CSQ: 1,99', 'OK') },
    ]);
    const cancel = new AbortController();
    const sending = refused(
      channel.command('AT+CMGS=5', { prompt: Buffer.from('secret\x1a'), signal: cancel.signal }),
    );
    const next = channel.command('AT+CSQ');
    await clock.advance(100);
    cancel.abort(new Error('shutting down'));
    expect(await sending).toMatchObject({ code: 'aborted', message: 'AT+CMGS=5 on test: aborted' });
    await clock.advance(400);
    expect((await next).lines).toEqual(['+CSQ: 1,99']);
    expect(modem.received).not.toContain('secret');
    expect(urcs).toEqual([]);
    modem.done();
  });

  test('while waiting for its turn: it is never sent', async () => {
    const { channel, modem, clock } = scripted([
      { expect: 'AT+A\r', after: 500, reply: framed('OK') },
      { expect: 'AT+C\r', reply: framed('OK') },
    ]);
    const cancel = new AbortController();
    const first = channel.command('AT+A');
    const second = refused(channel.command('AT+B', { signal: cancel.signal }));
    const third = channel.command('AT+C');
    cancel.abort();
    expect(await second).toMatchObject({ code: 'aborted' });
    await clock.advance(600);
    await Promise.all([first, third]);
    modem.done();
  });

  test('a signal that has fired already', async () => {
    const { channel, modem, clock } = scripted([]);
    const error = await refused(channel.command('AT', { signal: AbortSignal.abort() }));
    await clock.advance(10);
    expect(error.code).toBe('aborted');
    modem.done();
  });
});

describe('when nothing answers', () => {
  const recovery = { attempts: 2, answerMs: 1000, quietMs: 100 };

  function reopening(secondAnswers: boolean) {
    const clock = new SimulatedClock();
    const one = memoryLine('port');
    const two = memoryLine('port');
    const first = new ScriptedModem(one.far, clock, [
      { expect: 'AT+A\r' },
      { expect: PROBE },
      { expect: PROBE },
    ]);
    const ok = secondAnswers ? { reply: framed('+CMTI: "SM",9', 'OK') } : {};
    const second = new ScriptedModem(two.far, clock, [
      { expect: PROBE, ...ok },
      secondAnswers ? { expect: 'AT+B\r', reply: framed('+B: 1', 'OK') } : { expect: PROBE },
    ]);
    let opened = 0;
    const channel = openAtChannel({
      line: one.line,
      clock,
      log: silentLog,
      recovery,
      reopen: async () => {
        opened += 1;
        return two.line;
      },
    });
    const urcs: string[] = [];
    channel.onUrc((urc) => urcs.push(urc));
    return { clock, channel, urcs, first, second, one, two, opened: () => opened };
  }

  test('the port is opened anew, with the listeners it had', async () => {
    const { clock, channel, urcs, first, second, one, opened } = reopening(true);
    first.say(framed('RING'));
    const dead = refused(channel.command('AT+A', { timeout: 1000 }));
    const next = channel.command('AT+B');
    await clock.advance(3500);
    expect(await dead).toMatchObject({ code: 'timeout' });
    expect((await next).lines).toEqual(['+B: 1']);
    expect(urcs).toEqual(['RING', '+CMTI: "SM",9']);
    expect(opened()).toBe(1);
    expect(await one.far.closed).toBeUndefined();
    first.done();
    second.done();
  });

  test('if that does not help, the channel closes and says so; commands that wait fail', async () => {
    const { clock, channel, second, two } = reopening(false);
    const dead = refused(channel.command('AT+A', { timeout: 1000 }));
    const next = refused(channel.command('AT+B'));
    await clock.advance(6000);
    expect(await dead).toMatchObject({ code: 'timeout' });
    const why = await channel.closed;
    expect(why).toMatchObject({
      code: 'modem-silent',
      message: 'port: the modem does not answer, not even to AT (after AT+A)',
    });
    expect(await next).toMatchObject({ code: 'line-closed', cause: why });
    expect(await refused(channel.command('AT+C'))).toMatchObject({ code: 'line-closed', cause: why });
    await two.far.closed;
    second.done();
  });

  test('a port that cannot be opened again', async () => {
    const { channel, clock } = scripted([{ expect: 'AT\r' }, { expect: PROBE }, { expect: PROBE }], {
      recovery,
      reopen: async () => {
        throw new Error('no such device');
      },
    });
    const dead = refused(channel.command('AT', { timeout: 1000 }));
    await clock.advance(4000);
    expect(await dead).toMatchObject({ code: 'timeout' });
    expect(await channel.closed).toMatchObject({ code: 'modem-silent' });
  });
});

describe('the end of the line', () => {
  test('a port that vanishes fails the running command and closes the channel', async () => {
    const { channel, far, clock } = scripted([{ expect: 'AT+A\r' }]);
    const running = refused(channel.command('AT+A'));
    await clock.advance(10);
    const gone = new Error('device disconnected');
    far.close(gone);
    expect(await running).toMatchObject({ code: 'line-closed', temporary: true, cause: gone });
    expect(await channel.closed).toBe(gone);
  });

  test('disposing closes the line, fails what runs, and is no error', async () => {
    const { channel, far } = scripted([{ expect: 'AT+A\r' }]);
    const running = refused(channel.command('AT+A'));
    await channel[Symbol.asyncDispose]();
    expect(await running).toMatchObject({ code: 'line-closed' });
    expect(await channel.closed).toBeUndefined();
    expect(await far.closed).toBeUndefined();
  });
});
