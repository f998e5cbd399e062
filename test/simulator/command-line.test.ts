import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bench } from '../support/simulated-terminal.ts';

test('echoes what is typed and frames results as V.250 asks', async () => {
  const { terminal } = await bench().modem();
  await terminal.command('ATE1');
  terminal.type('AT+CSQ\r');
  expect(await terminal.until('OK\r\n')).toBe('AT+CSQ\r\r\n+CSQ: 21,99\r\n\r\nOK\r\n');
});

test('without echo, with numbers instead of words, and quiet', async () => {
  const { terminal } = await bench().modem();
  expect(await terminal.command('AT')).toBe('\r\nOK\r\n');
  terminal.type('ATV0\r');
  expect(await terminal.until('\r')).toBe('0\r');
  terminal.type('AT+NONSENSE\r');
  expect(await terminal.until('\r')).toBe('4\r');
  terminal.type('ATQ1\rAT\rATQ0V1\r');
  expect(await terminal.until('OK\r\n')).toBe('\r\nOK\r\n');
});

test.each([
  ['bytes that come one by one', ['a', 't', '+', 'c', 's', 'q', '\r'], '+CSQ: 21,99'],
  ['noise before AT', ['\x00\xff~}#\x1bAT+CSQ\r'], '+CSQ: 21,99'],
  ['backspace', ['AT+CSX\bQ\r'], '+CSQ: 21,99'],
  ['line feeds', ['\nAT+CSQ\r\n'], '+CSQ: 21,99'],
  ['several commands in one line', ['ATE0V1;+CMEE=2;+CSQ;+CGATT?\r'], '+CSQ: 21,99\r\n+CGATT: 1'],
  ['a semicolon in quotes', ['AT+CGDCONT=3,"IP","a;b";+CGDCONT?\r'], '+CGDCONT: 3,"IP","a;b"'],
])('understands %s', async (_, pieces, expected) => {
  const { terminal } = await bench().modem();
  for (const piece of pieces) terminal.type(piece);
  expect(await terminal.until('OK\r\n')).toContain(expected);
});

test('A/ repeats the last line at once', async () => {
  const { terminal } = await bench().modem();
  await terminal.command('AT+CSQ');
  terminal.type('A/');
  expect(await terminal.until('OK\r\n')).toContain('+CSQ: 21,99');
});

test('the first error ends a compound line', async () => {
  const { terminal } = await bench().modem();
  expect(await terminal.command('AT+CMEE=1;+CLIP=7;+CRC=1')).toBe('\r\n+CME ERROR: 50\r\n');
  expect(await terminal.command('AT+CRC?')).toContain('+CRC: 0');
});

test.each([
  [0, 'ERROR'],
  [1, '+CME ERROR: 50'],
  [2, '+CME ERROR: incorrect parameters'],
])('+CMEE=%i shows an error as %s', async (mode, shown) => {
  const { terminal } = await bench().modem();
  await terminal.command(`AT+CMEE=${mode}`);
  expect(await terminal.command('AT+CREG=9')).toBe(`\r\n${shown}\r\n`);
});

test('S3 and S4 change the line ends, ATZ brings them back', async () => {
  const { terminal } = await bench().modem();
  terminal.type('ATS4=33S3?\r');
  expect(await terminal.until('OK\r!')).toBe('\r!013\r!\r!OK\r!');
  terminal.type('ATZ\r');
  await terminal.until('OK\r\n');
  expect(await terminal.command('ATS4?')).toContain('010');
});

test('a line longer than its buffer is refused and the next one works', async () => {
  const { terminal } = await bench().modem();
  expect(await terminal.command(`AT${'x'.repeat(5000)}`)).toBe('\r\nERROR\r\n');
  expect(await terminal.command('AT')).toBe('\r\nOK\r\n');
});

test('whatever bytes come, the modem answers the next command', async () => {
  const { modem: make } = bench();
  const { terminal } = await make();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      terminal.type(bytes);
      terminal.type('\x1b\rATE0Q0V1;S3=13;S4=10;S5=8\r');
      await terminal.until('OK\r\n');
    }),
    { numRuns: 100 },
  );
  expect(await terminal.command('AT+CGMM')).toContain('SIM7600');
});

test('says who it is; the equipment number has its check digit', async () => {
  const { terminal } = await bench().modem();
  expect(await terminal.command('AT+CGMI')).toContain('SIMCOM INCORPORATED');
  const imei = /\d{15}/.exec(await terminal.command('AT+CGSN'))?.[0] ?? '';
  const sum = [...imei]
    .reverse()
    .reduce(
      (total, digit, at) =>
        total +
        Number([...String(Number(digit) * ((at % 2) + 1))].reduce((a, b) => String(Number(a) + Number(b)))),
      0,
    );
  expect(sum % 10).toBe(0);
});

test('an unsolicited line waits until a begun command line is typed', async () => {
  const { modem: make, clock } = bench();
  const { terminal, modem } = await make();
  await terminal.command('ATE1');
  terminal.take();
  terminal.type('AT+C');
  await terminal.until('AT+C');
  modem.urc('+TEST: 1');
  terminal.type('SQ\r');
  expect(await terminal.until('+TEST: 1\r\n')).toBe('SQ\r\r\n+CSQ: 21,99\r\n\r\nOK\r\n\r\n+TEST: 1\r\n');
  terminal.type('AT');
  await terminal.until('AT');
  modem.urc('+TEST: 2');
  await clock.advance(1000);
  expect(await terminal.until('+TEST: 2\r\n')).toBe('\r\n+TEST: 2\r\n');
});
