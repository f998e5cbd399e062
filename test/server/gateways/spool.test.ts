import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Files, nodeFiles } from '../../../src/base/files.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { gammuSmsd } from '../../../src/server/gateways/spool/gammu-smsd.ts';
import { smstools } from '../../../src/server/gateways/spool/smstools.ts';
import { NUMBER, playedSpool, TEXT } from './played-spool.ts';

const signal = () => new AbortController().signal;

test('smstools: the file has number and text, is readable for smsd, and its being sent resolves', async () => {
  const spool = await playedSpool(smstools);
  const gateway = await spool.open();
  const sending = gateway.sendSms?.(NUMBER, TEXT, signal());
  const name = await spool.next();
  const content = await spool.read('outgoing', name);
  expect(content).toMatch(/^To: 4915112345678$/m);
  expect(content.split('\n\n')).toEqual([expect.any(String), TEXT]);
  expect((await stat(join(spool.directories.outgoing, name))).mode & 0o777).toBe(0o644);
  await spool.move(name, 'outgoing', 'checked');
  await spool.move(name, 'checked', 'sent');
  await expect(sending).resolves.toBeUndefined();
  expect(await spool.list('outgoing')).toEqual([]);
});

test('gammu-smsd: number, priority and order are in the name, the text is the content', async () => {
  const spool = await playedSpool(gammuSmsd);
  const gateway = await spool.open({ name: 'a'.repeat(64) });
  const sending = gateway.sendSms?.('+123456789012345', TEXT, signal());
  const name = await spool.next();
  expect(name).toMatch(/^OUTA\d{8}_\d{6}_00_\+123456789012345_ringpost-[0-9a-f]{8}-[0-9a-f]{12}\.txt$/);
  // It is copied into 100 bytes there.
  expect(name.length).toBeLessThan(100);
  expect(await spool.read('outgoing', name)).toBe(TEXT);
  await spool.move(name, 'outgoing', 'sent');
  await expect(sending).resolves.toBeUndefined();
});

test('each text has a file of its own, also two at once to one number', async () => {
  const spool = await playedSpool(gammuSmsd);
  const gateway = await spool.open();
  const both = [1, 2].map(() => gateway.sendSms?.(NUMBER, TEXT, signal()));
  for (let left = 2; left > 0; left -= 1) await spool.move(await spool.next(), 'outgoing', 'sent');
  await Promise.all(both);
  expect(await spool.list('sent')).toHaveLength(2);
});

test.each([
  { reason: '+CMS ERROR: 38 (Network out of order)', surely: true },
  { reason: 'Destination is blacklisted', surely: true },
  // The modem may have sent it before it fell silent.
  { reason: 'Unknown', surely: false },
])('smstools could not send: $reason', async ({ reason, surely }) => {
  const spool = await playedSpool(smstools);
  const gateway = await spool.open();
  const sending = gateway.sendSms?.(NUMBER, TEXT, signal());
  sending?.catch(() => {});
  const name = await spool.next();
  // It is copied and locked meanwhile: what it says is read when it is whole.
  await spool.put('failed', `${name}.LOCK`);
  await spool.put('failed', name, 'To: 1\n');
  await spool.remove('outgoing', name);
  await spool.put('failed', name, `To: 1\nFail_reason: ${reason}\nFailed: now\n\n${TEXT}`);
  await spool.remove('failed', `${name}.LOCK`);
  await expect(sending).rejects.toMatchObject({
    code: 'refused',
    surely,
    message: expect.stringContaining(reason),
  });
});

test.each([
  { program: smstools, expected: { code: 'not-sent', surely: true } },
  // It reads the file and sends it where it lies.
  { program: gammuSmsd, expected: { code: 'deadline', surely: false } },
])('what $program.name has not sent in time is taken back', async ({ program, expected }) => {
  const spool = await playedSpool(program);
  const clock = new SimulatedClock();
  const sending = (await spool.open({ clock })).sendSms?.(NUMBER, TEXT, signal());
  sending?.catch(() => {});
  await spool.next();
  await clock.advance(30_000);
  await expect(sending).rejects.toMatchObject(expected);
  expect(await spool.list('outgoing')).toEqual([]);
});

test('smstools: what waits in its queue is taken back; what is being sent is not, and not called unsent', async () => {
  const spool = await playedSpool(smstools);
  const clock = new SimulatedClock();
  const gateway = await spool.open({ clock });
  const waiting = gateway.sendSms?.(NUMBER, TEXT, signal());
  waiting?.catch(() => {});
  await spool.move(await spool.next(), 'outgoing', 'checked');
  await clock.advance(30_000);
  await expect(waiting).rejects.toMatchObject({ code: 'not-sent', surely: true });
  expect(await spool.list('checked')).toEqual([]);

  const locked = gateway.sendSms?.(NUMBER, TEXT, signal());
  locked?.catch(() => {});
  const name = await spool.next();
  await spool.put('checked', `${name}.LOCK`);
  await spool.move(name, 'outgoing', 'checked');
  await clock.advance(30_000);
  await expect(locked).rejects.toMatchObject({ code: 'deadline', surely: false });
  expect(await spool.list('checked')).toContain(name);
});

test('what was sent in the last instant counts as sent', async () => {
  const spool = await playedSpool(smstools);
  const clock = new SimulatedClock();
  const sending = (await spool.open({ clock, pollMs: 60_000 })).sendSms?.(NUMBER, TEXT, signal());
  sending?.catch(() => {});
  await spool.move(await spool.next(), 'outgoing', 'sent');
  await clock.advance(30_000);
  await expect(sending).resolves.toBeUndefined();
});

test('what the program is done with is removed, but not before others had a minute to read it', async () => {
  const spool = await playedSpool(smstools);
  const clock = new SimulatedClock();
  const gateway = await spool.open({ clock });
  const send = async () => {
    const sending = gateway.sendSms?.(NUMBER, TEXT, signal());
    const name = await spool.next();
    await spool.move(name, 'outgoing', 'sent');
    await clock.advance(1000);
    await sending;
    return name;
  };
  const [first, second] = [await send(), await send()];
  expect((await spool.list('sent')).sort()).toEqual([first, second].sort());
  await clock.advance(60_000);
  const third = await send();
  expect(await spool.list('sent')).toEqual([third]);
});

test('an abort takes the file back and rejects with its reason', async () => {
  const spool = await playedSpool(smstools);
  const abort = new AbortController();
  const sending = (await spool.open()).sendSms?.(NUMBER, TEXT, abort.signal);
  sending?.catch(() => {});
  await spool.next();
  abort.abort(new Error('the server stops'));
  await expect(sending).rejects.toThrow('the server stops');
  expect(await spool.list('outgoing')).toEqual([]);
});

test('files of an earlier run are removed at the start, and nobody else’s', async () => {
  const spool = await playedSpool(smstools);
  const before = (await spool.open()).sendSms?.(NUMBER, TEXT, spool.over.signal);
  before?.catch(() => {});
  const name = await spool.next();
  for (const place of ['checked', 'sent', 'failed']) await spool.put(place, name);
  await spool.put('outgoing', `.${name}.tmp`);
  const others = ['ringpost-00000000-0123456789ab', `${name}.bak`, `x${name.slice(1)}`, '-rf', 'a\nb', '..x'];
  for (const other of others) await spool.put('outgoing', other);
  await spool.put('sent', 'theirs');

  await spool.open();
  expect((await spool.list('outgoing')).sort()).toEqual([...others].sort());
  expect(await spool.list('checked')).toEqual([]);
  expect(await spool.list('sent')).toEqual(['theirs']);
  expect(await spool.list('failed')).toEqual([]);
});

test.each([
  { what: 'no international form', number: '0151123456', text: TEXT, code: 'bad-number' },
  { what: 'another header', number: '+49151\nFlash: yes', text: TEXT, code: 'bad-number' },
  { what: 'a path', number: '+49/../../x', text: TEXT, code: 'bad-number' },
  { what: 'a text of two lines', number: NUMBER, text: 'a\nb', code: 'bad-text' },
  { what: 'a text for two messages', number: NUMBER, text: 'a'.repeat(161), code: 'bad-text' },
])('refused before anything is written: $what', async ({ number, text, code }) => {
  const spool = await playedSpool(smstools);
  const gateway = await spool.open();
  await expect(gateway.sendSms?.(number, text, signal())).rejects.toMatchObject({ code, surely: true });
  expect(await spool.list('outgoing')).toEqual([]);
});

test('a full disk: surely not sent, nothing is left, and no number is in the error', async () => {
  const spool = await playedSpool(gammuSmsd);
  const full = async () => {
    throw Object.assign(new Error(`ENOSPC: no space left on device, write '${NUMBER}'`), { code: 'ENOSPC' });
  };
  const create: Files['create'] = async (path) => ({ ...(await nodeFiles.create(path)), write: full });
  const gateway = await spool.open({ files: { ...nodeFiles, create } });
  const error = await gateway.sendSms?.(NUMBER, TEXT, signal()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'not-written',
    surely: true,
    message: expect.stringContaining('ENOSPC'),
  });
  expect(JSON.stringify(error) + String(error) + (error as Error).cause).not.toContain('4915112345678');
  expect(await spool.list('outgoing')).toEqual([]);
});

test('a directory that is not there, or not writable, is named with its mend', async () => {
  const spool = await playedSpool(smstools);
  const gateway = await spool.open();
  await rm(spool.directories.outgoing, { recursive: true });
  const missing = { code: 'no-directory', message: expect.stringContaining(spool.directories.outgoing) };
  await expect(gateway.sendSms?.(NUMBER, TEXT, signal())).rejects.toMatchObject(missing);
  await expect(spool.open()).rejects.toMatchObject(missing);
});

test.each([
  { came: 'EACCES', code: 'not-allowed', mend: 'usermod -aG smsd ringpost' },
  { came: 'EROFS', code: 'not-allowed', mend: 'ReadWritePaths=' },
])('where $came comes back, what mends it is told', async ({ came, code, mend }) => {
  const spool = await playedSpool(smstools);
  const create = () => Promise.reject(Object.assign(new Error(came), { code: came }));
  const gateway = await spool.open({ files: { ...nodeFiles, create } });
  const expected = { code, surely: true, temporary: true, message: expect.stringContaining(mend) };
  await expect(gateway.sendSms?.(NUMBER, TEXT, signal())).rejects.toMatchObject(expected);
});
