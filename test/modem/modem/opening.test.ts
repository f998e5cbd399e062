import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { durablePinMemory } from '../../../src/modem/pin-memory.ts';
import { type PinMemory, volatilePinMemory } from '../../../src/modem/sim.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { deliverText } from '../sms/support.ts';
import { type PlayedModem, type Stage, stage } from './support.ts';

/** A SIM with this PIN and so many tries left; +SPIC tells them unless it is `silent`. */
function locked(played: PlayedModem, pin: string, tries: number, silent = false) {
  const sim = { open: false, tries };
  played.when(/CPIN\?/, () => [
    sim.open ? '+CPIN: READY' : sim.tries > 0 ? '+CPIN: SIM PIN' : '+CPIN: SIM PUK',
    'OK',
  ]);
  played.when(/SPIC/, () => (silent ? ['ERROR'] : [`+SPIC: ${sim.tries},10,3,10`, 'OK']));
  played.when(/CPINR/, ['ERROR']);
  played.when(/CPIN=/, (command) => {
    sim.open = command === `AT+CPIN="${pin}"`;
    sim.tries = sim.open ? 3 : sim.tries - 1;
    return sim.open ? ['OK', '+CPIN: READY'] : ['+CME ERROR: 16'];
  });
  return sim;
}

function pinsSent({ played }: Stage): number {
  return played.commands.filter((command) => command.startsWith('AT+CPIN=')).length;
}

test('settings are made in order, and only where they differ', async () => {
  const its = await stage();
  its.played.when(/CMGF\?/, ['+CMGF: 0', 'OK']);
  its.played.when(/CNMI\?/, ['+CNMI: 1,1,0,0,0', 'OK']);
  its.played.when(/CTZU/, ['ERROR']);
  its.played.when(/CGDCONT\?/, ['+CGDCONT: 1,"IP","other","0.0.0.0",0,0', 'OK']);
  const modem = await its.open({ apn: 'internet' });
  expect(its.played.commands.slice(0, 3)).toEqual(['AT', 'AT', 'ATE0']);
  expect(its.played.commands).not.toContain('AT+CMGF=0');
  expect(its.played.commands).toEqual(expect.arrayContaining(['AT+CNMI=2,1,0,0,0', 'AT+CLIP=1']));
  expect(its.played.commands).toContain('AT+CGDCONT=1,"IP","internet"');
  expect(its.played.commands).toContain('AT+CPMS="SM","SM","SM"');
  expect(modem.profile).toEqual({ name: 'sim7600', sockets: 'sim7600' });
});

describe.each(['ec25', 'bg96'])('%s', (name) => {
  /** A Quectel that tells its URCs to the `first` port; where it knows no `all`, that is refused. */
  async function quectel(first: string, usb: boolean, knowsAll = false) {
    const its = await stage(name);
    let port = first;
    its.played.when(/QURCCFG="urcport"$/, () => [`+QURCCFG: "urcport","${port}"`, 'OK']);
    its.played.when(/QURCCFG="urcport",/, (command) => {
      const wanted = /,"(.*)"$/.exec(command)?.[1] ?? '';
      if (wanted === 'all' && !knowsAll) return ['ERROR'];
      port = wanted;
      return ['OK'];
    });
    await its.open({ sleep: { wanted: false, usb } });
    return { port, writes: its.played.commands.filter((command) => command.includes('"urcport",')) };
  }

  test('without "all", URCs are sent to the port in use', async () => {
    expect((await quectel('usbat', false)).port).toBe('uart1');
    expect((await quectel('usbmodem', true)).port).toBe('usbat');
    expect((await quectel('usbat', true)).port).toBe('usbat');
  });

  test('with "all" nothing else is written, and nothing at all once it stands', async () => {
    for (const usb of [false, true]) {
      expect(await quectel('usbat', usb, true)).toMatchObject({ port: 'all', writes: { length: 1 } });
      expect((await quectel('all', usb, true)).writes).toEqual([]);
    }
  });
});

test('an APN that could end its string is refused', async () => {
  const its = await stage();
  await expect(its.open({ apn: 'a"\r' })).rejects.toMatchObject({ code: 'bad-apn' });
});

test('the profile is chosen by the model', async () => {
  const its = await stage();
  its.played.when(/CGMM/, ['SIMCOM_SIM800L', 'OK']);
  const modem = await its.open({ profile: undefined });
  expect(modem.profile).toEqual({ name: 'sim800', sockets: 'sim800' });
});

test('a modem that wakes late is waited for; one that never does is an error', async () => {
  const late = await stage();
  let deaf = 3;
  late.played.when(/^AT$/, () => (deaf-- > 0 ? [] : undefined));
  await late.open();
  const never = await stage();
  never.played.when(/^AT$/, ['ERROR']);
  await expect(never.open()).rejects.toMatchObject({ code: 'modem-silent', temporary: true });
  // The channel gives up a line on which nothing at all comes back.
  const dead = await stage();
  dead.played.when(/./, []);
  await expect(dead.open()).rejects.toMatchObject({ code: 'modem-silent', temporary: true });
});

test('a required setting that is refused names its command', async () => {
  const its = await stage();
  its.played.when(/CNMI/, ['+CMS ERROR: 303']);
  await expect(its.open()).rejects.toThrow(/AT\+CNMI=2,1,0,0,0: \+CMS ERROR: 303/);
});

test('the PIN is entered once, and not shown', async () => {
  const its = await stage();
  locked(its.played, '1234', 3);
  const memory = volatilePinMemory();
  await its.open({ pin: '1234', pinMemory: memory });
  expect(pinsSent(its)).toBe(1);
  // The lines that follow a PIN look like a restart: the settings are made again, the PIN is not sent again.
  await its.clock.advance(10_000);
  expect(pinsSent(its)).toBe(1);
});

test('a refused PIN is never sent again, not even after a restart', async () => {
  const its = await stage();
  const sim = locked(its.played, '1234', 3);
  const memory = volatilePinMemory();
  const open = (pin: string) => its.open({ pin, pinMemory: memory });
  const refused = open('4321');
  await expect(refused).rejects.toMatchObject({ code: 'sim-pin-refused', temporary: false });
  await expect(refused).rejects.not.toThrow(/4321/);
  await expect(open('4321')).rejects.toMatchObject({ code: 'sim-pin-refused' });
  expect(pinsSent(its)).toBe(1);
  expect(sim.tries).toBe(2);
  await open('1234');
});

test('it is remembered before it is sent', async () => {
  const its = await stage();
  locked(its.played, '1234', 3);
  const order: string[] = [];
  const memory: PinMemory = {
    failedFor: () => false,
    remember: async () => void order.push(`remember, ${pinsSent(its)} sent`),
    forget: async () => void order.push(`forget, ${pinsSent(its)} sent`),
  };
  await its.open({ pin: '1234', pinMemory: memory });
  expect(order).toEqual(['remember, 0 sent', 'forget, 1 sent']);
});

test('a power cut between a right PIN and its note does not lock the owner out', async () => {
  const its = await stage();
  locked(its.played, '1234', 3);
  const memory = volatilePinMemory();
  await its
    .open({ pin: '1234', pinMemory: { ...memory, forget: () => Promise.reject(new Error('power cut')) } })
    .catch(() => {});
  const after = await stage();
  locked(after.played, '1234', 3);
  await after.open({ pin: '1234', pinMemory: memory });
  expect(pinsSent(after)).toBe(1);
});

test('the last attempt is left to the owner', async () => {
  const its = await stage();
  locked(its.played, '1234', 1);
  await expect(its.open({ pin: '1234' })).rejects.toMatchObject({ code: 'sim-pin-last-attempt' });
  expect(pinsSent(its)).toBe(0);
});

test('without a PIN, with a PUK, without a SIM: each its own error', async () => {
  const none = await stage();
  locked(none.played, '1234', 3, true);
  await expect(none.open()).rejects.toMatchObject({ code: 'sim-pin-required', temporary: false });
  const puk = await stage();
  locked(puk.played, '1234', 0);
  await expect(puk.open({ pin: '1234' })).rejects.toMatchObject({ code: 'sim-puk-required' });
  const empty = await stage();
  empty.played.when(/CPIN/, ['+CME ERROR: 10']);
  await expect(empty.open()).rejects.toThrow('SIM not inserted');
});

test('a SIM that is still busy is waited for, in SMS commands too', async () => {
  const its = await stage();
  let busy = 3;
  its.played.when(/CPIN\?/, () => (busy-- > 0 ? ['+CME ERROR: 14'] : undefined));
  let smsBusy = 3;
  its.played.when(/CMGL/, () => (smsBusy-- > 0 ? ['+CMS ERROR: 314'] : undefined));
  its.played.keep(deliverText('late'));
  const modem = await its.open();
  expect(await its.next(modem)).toMatchObject({ text: 'late' });
});

test('a modem without SM uses the next storage of its profile', async () => {
  const its = await stage();
  its.played.when(/CPMS="SM"/, ['+CMS ERROR: 302']);
  its.played.keep(deliverText('in ME'), 'ME');
  const modem = await its.open();
  expect(await its.next(modem)).toMatchObject({ text: 'in ME' });
});

test('without network it opens all the same, after the time that was given', async () => {
  const its = await stage();
  its.played.when(/CREG\?/, ['+CREG: 1,2', 'OK']);
  const start = its.clock.now();
  const modem = await its.open({ registrationMs: 20_000 });
  expect(its.clock.now() - start).toBeGreaterThanOrEqual(20_000);
  expect(await its.run(modem.registration())).toMatchObject({
    registered: false,
    text: 'not registered, searching',
  });
});

test('a refused PIN is remembered on the disk, without the PIN, and forgotten once it was right', async () => {
  const path = join(await temporaryDirectory(), 'pin.json');
  const first = await durablePinMemory(path);
  await first.remember('0123456789abcdef');
  const second = await durablePinMemory(path);
  expect(second.failedFor('0123456789abcdef')).toBe(true);
  expect(second.failedFor('fedcba9876543210')).toBe(false);
  await second.forget('0123456789abcdef');
  expect((await durablePinMemory(path)).failedFor('0123456789abcdef')).toBe(false);
});
