import { expect, test } from 'vitest';
import type { Incoming } from '../../../src/modem/modem.ts';
import { type Stage, stage } from './support.ts';

const CLIP = '+CLIP: "+4915112345678",145,"",0,"",0';
const INCOMING = '+CLCC: 1,1,4,0,0,"+4915112345678",145';
const DATA_CALL = '+CLCC: 2,0,0,1,0,"",128';

/** Every call that is told after these lines. */
async function callsAfter({ open, next, played }: Stage, ...lines: string[]): Promise<Incoming[]> {
  const modem = await open();
  played.say(...lines);
  const told: Incoming[] = [];
  for (let item = await next(modem, 2500); item; item = await next(modem, 2500)) told.push(item);
  return told;
}

test.each([
  ['RING, then CLIP', ['RING', CLIP, 'RING', CLIP]],
  ['CLIP, then RING', [CLIP, 'RING', CLIP]],
  ['CLIP without RING', [CLIP]],
  ['+CRING', ['+CRING: VOICE', CLIP, '+CRING: VOICE']],
  ['a CLIP without +', ['RING', '+CLIP: "4915112345678",145']],
])('%s is one call with its number, told at once', async (_, lines) => {
  const its = await stage();
  const modem = await its.open();
  its.played.say(...lines);
  expect(await its.next(modem, 0)).toEqual({ kind: 'call', from: '+4915112345678' });
  expect(await its.next(modem)).toBeUndefined();
  expect(its.steps).toEqual([
    { name: 'ringing', text: 'a call from +49…678 is ringing', fields: { from: '+49…678' } },
  ]);
});

test('without CLIP, +CLCC is asked after a second and a half', async () => {
  const its = await stage();
  its.played.calls = [INCOMING];
  const modem = await its.open();
  its.played.say('RING');
  expect(await its.next(modem, 1400)).toBeUndefined();
  expect(await its.next(modem, 200)).toEqual({ kind: 'call', from: '+4915112345678' });
});

test.each([
  ['withheld', ['RING', '+CLIP: "",128,"",0,"",2'], []],
  ['told by nobody', ['RING'], ['+CLCC: 1,1,4,0,0']],
])('a number that is %s', async (_, lines, listed) => {
  const its = await stage();
  its.played.calls = listed;
  expect(await callsAfter(its, ...lines)).toEqual([{ kind: 'call', from: undefined }]);
});

test('a call that ends before its number is known is no call, and data calls are left alone', async () => {
  const its = await stage();
  expect(await callsAfter(its, 'RING', 'NO CARRIER', '+CRING: REL ASYNC')).toEqual([]);
});

test.each(['NO CARRIER', 'VOICE CALL: END: 000000', 'MISSED_CALL: 09:12AM 15112345678'])(
  'after %s, the next RING is another call',
  async (end) => {
    const its = await stage();
    expect(await callsAfter(its, 'RING', CLIP, end, 'RING', CLIP)).toHaveLength(2);
  },
);

test('RING every six seconds is one call; silence and an empty +CLCC end it, silence alone does not', async () => {
  const its = await stage();
  its.played.calls = [INCOMING];
  const modem = await its.open();
  its.played.say('RING', CLIP);
  expect(await its.next(modem)).toMatchObject({ kind: 'call' });
  for (let ring = 0; ring < 3; ring += 1) {
    expect(await its.next(modem, 6000)).toBeUndefined();
    its.played.say('RING', CLIP);
  }
  // A silent modem that still lists the call: RING was lost, not the call.
  expect(await its.next(modem, 10_000)).toBeUndefined();
  its.played.say(CLIP);
  expect(await its.next(modem)).toBeUndefined();
  its.played.calls = [];
  expect(await its.next(modem, 10_000)).toBeUndefined();
  its.played.say(CLIP);
  expect(await its.next(modem)).toMatchObject({ kind: 'call' });
});

test('hanging up: the first rung that empties +CLCC, and the next RING is another call', async () => {
  const its = await stage();
  const { played, run, next, open } = its;
  played.calls = [INCOMING];
  played.when(/CHUP/, () => {
    played.calls = [];
    return ['OK'];
  });
  const modem = await open();
  played.say('RING', CLIP);
  expect(await next(modem)).toMatchObject({ kind: 'call' });
  await run(modem.hangUp());
  expect(played.commands.slice(-3)).toEqual(['AT+CLCC', 'AT+CHUP', 'AT+CLCC']);
  played.say('RING', CLIP);
  expect(await next(modem)).toMatchObject({ kind: 'call' });
});

test('an OK that changed nothing is not believed: the ladder goes on to the end', async () => {
  const { played, run, open } = await stage();
  played.calls = [INCOMING];
  played.when(/CHLD=11/, () => {
    played.calls = [];
    return ['OK'];
  });
  played.when(/CVHU/, ['ERROR']);
  const modem = await open();
  await run(modem.hangUp());
  expect(played.commands.filter((command) => /CHUP|CVHU|ATH|CHLD/.test(command))).toEqual([
    'AT+CHUP',
    'AT+CVHU=0',
    'ATH',
    'AT+CHLD=11',
  ]);
});

test('a call that nothing ends is an error that names all that was tried', async () => {
  const { played, run, open } = await stage();
  played.calls = [INCOMING];
  played.when(/CHUP/, ['+CME ERROR: 3']);
  const modem = await open();
  await expect(run(modem.hangUp())).rejects.toMatchObject({
    code: 'hang-up-failed',
    temporary: true,
    message: expect.stringMatching(/CHUP: \+CME ERROR: 3.*CVHU=0: OK; ATH: OK; AT\+CHLD=11: OK/),
    fields: { left: [{ id: 1, state: 'incoming' }] },
  });
});

test('a data call is left alone', async () => {
  const { played, run, open } = await stage();
  played.calls = [INCOMING, DATA_CALL];
  played.when(/CHLD=11/, () => {
    played.calls = [DATA_CALL];
    return ['OK'];
  });
  const modem = await open();
  await run(modem.hangUp());
  expect(played.commands).not.toContain('ATH');
  const before = played.commands.length;
  await run(modem.hangUp());
  expect(played.commands.slice(before)).toEqual(['AT+CLCC']);
});

test('a modem that cannot list calls is believed', async () => {
  const { played, run, open } = await stage();
  played.when(/CLCC/, ['ERROR']);
  const modem = await open();
  await run(modem.hangUp());
  expect(played.commands.filter((command) => /CHUP|ATH/.test(command))).toEqual(['AT+CHUP']);
});
