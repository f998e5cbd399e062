import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimsOf, setsUpCall } from '../../../src/modem/command-text.ts';
import { framed, scripted } from './script.ts';

test('garbage before and between never breaks a channel: the next command is answered', async () => {
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  await fc.assert(
    fc.asyncProperty(noise, noise, async (before, between) => {
      const { channel, modem, clock } = scripted([
        { expect: 'AT+A\r', reply: [between, framed('+A: 1', 'OK')] },
        { expect: 'AT+B\r', reply: framed('+B: 2', 'OK') },
      ]);
      modem.say(`${before}\r\n`);
      await clock.advance(0);
      const reply = await channel.command('AT+A');
      expect(reply.final).toBe('OK');
      expect((await channel.command('AT+B')).lines).toEqual(['+B: 2']);
      await channel[Symbol.asyncDispose]();
    }),
    // Noise that happens to be a result would rightly end the command: it does not in these runs.
    { numRuns: 100, seed: 7 },
  );
});

test.each([
  ['AT+CREG?', ['+CREG:']],
  ['AT+CMEE=1;+CLIP=1;+CREG?', ['+CMEE:', '+CLIP:', '+CREG:']],
  ['ATE0V1+CMEE=2', ['+CMEE:']],
  ['at+csq', ['+CSQ:']],
  ['AT+CUSD=1,"*100;+X#",15', ['+CUSD:']],
  ['ATD+4915112345678;', []],
  ['AT^SYSINFO', ['^SYSINFO:']],
  ['ATI', []],
])('%s claims %j', (text, claims) => {
  expect(claimsOf(text)).toEqual(claims);
});

test.each([
  ['ATD*99#', true],
  ['ATDT0123', true],
  ['ATE0D0123;', true],
  ['ATA', true],
  ['ATO', true],
  ['AT+CGDATA="PPP",1', true],
  ['AT+CMGD=1', false],
  ['AT&D2', false],
  ['ATH', false],
  ['AT+COPS?', false],
  ['AT', false],
])('%s sets up a call: %s', (text, calls) => {
  expect(setsUpCall(text)).toBe(calls);
});
