import { expect, test } from 'vitest';
import { decodeSubmit } from '../../../src/modem/sms/decode.ts';
import { stage } from './support.ts';

test('one text: length, prompt, PDU, reference', async () => {
  const { played, open, run } = await stage();
  const modem = await open();
  expect(await run(modem.sendSms('+4915112345678', 'hello €'))).toEqual([1]);
  const length = Number(played.commands.at(-1)?.slice('AT+CMGS='.length));
  expect(played.sent[0]).toHaveLength(2 + 2 * length);
  expect(decodeSubmit(played.sent[0] ?? '')).toMatchObject({
    to: { text: '+4915112345678' },
    userData: { text: 'hello €' },
  });
});

test('a long text: +CMMS where there is one, parts with one reference, another one next time', async () => {
  const { played, open, run } = await stage();
  const modem = await open();
  played.when(/CMMS/, ['ERROR']);
  const text = 'x'.repeat(400);
  expect(await run(modem.sendSms('4711', text))).toEqual([1, 2, 3]);
  await run(modem.sendSms('4711', text));
  const parts = played.sent.map((hex) => decodeSubmit(hex).userData);
  expect(
    parts
      .slice(0, 3)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
  const references = parts.map((part) => part.header?.concatenation?.reference);
  expect(new Set(references.slice(0, 3)).size).toBe(1);
  expect(references[3]).not.toBe(references[0]);
  expect(played.commands.filter((command) => command === 'AT+CMMS=1')).toHaveLength(2);
});

test.each([
  ['+CMS ERROR: 41', true],
  ['+CMS ERROR: 331', true],
  ['+CMS ERROR: 332', true],
  ['+CMS ERROR: 28', false],
  ['+CMS ERROR: 330', false],
])('%s is told in words, temporary %s, without the number', async (line, temporary) => {
  const { played, open, run } = await stage();
  const modem = await open();
  played.when(/payload/, [line]);
  const sending = run(modem.sendSms('+4915112345678', 'hello'));
  await expect(sending).rejects.toMatchObject({
    name: 'ModemError',
    code: 'sms-refused',
    temporary,
    fields: { number: Number(line.slice(-3)) },
  });
  await expect(sending).rejects.toThrow(/^SMS to \+49…678: AT\+CMGS=\d+: \+CMS ERROR: \d+ \(.+\)$/);
});

test('the part that was refused is named, and the next text goes', async () => {
  const { played, open, run } = await stage();
  const modem = await open();
  played.when(/payload 2$/, ['+CMS ERROR: 38']);
  await expect(run(modem.sendSms('4711', 'x'.repeat(200)))).rejects.toThrow('SMS to 4711, part 2 of 2: ');
  expect(await run(modem.sendSms('4711', 'y'))).toEqual([3]);
});

test('a number that is none is refused before anything is sent', async () => {
  const { played, open, run } = await stage();
  const modem = await open();
  const before = played.commands.length;
  await expect(run(modem.sendSms('+49;ATH', 'x'))).rejects.toMatchObject({ code: 'bad-number' });
  expect(played.commands).toHaveLength(before);
});

test('a network that does not answer is a temporary failure', async () => {
  const { played, open, run } = await stage();
  const modem = await open();
  played.when(/payload/, []);
  await expect(run(modem.sendSms('4711', 'x'))).rejects.toMatchObject({
    code: 'sms-refused',
    temporary: true,
  });
});
