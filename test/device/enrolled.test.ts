import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guardFile, openEnrolment } from '../../src/device/enrolled.ts';
import { Keyring } from '../../src/device/keyring.ts';
import type { Enrolment } from '../../src/enrolment/enrolment.ts';
import { openReplayGuard } from '../../src/trigger/guard.ts';
import { sealTrigger } from '../../src/trigger/seal.ts';
import { verifyTrigger } from '../../src/trigger/verify.ts';
import { temporaryDirectory } from '../support/room.ts';

const key = (id: number) => ({ id, secret: Buffer.alloc(32, id) });
const host = 'mail.example.org';
const servers = { message: { host, port: 8883 }, mail: { host, port: 993, user: 'ada', password: 'x' } };
const device = 'pocket-1';
const first: Enrolment = { device, key: key(1), servers };

async function room() {
  const state = join(await temporaryDirectory(), 'device');
  const open = () => openEnrolment(state);
  const ids = async () => (await open()).keys([]).map(({ id }) => id);
  return { state, open, ids };
}

test('a trigger that was used up is a replay after the same text was accepted again', async () => {
  const { state, open, ids } = await room();
  expect(await (await open()).accept(first, [])).toBe('taken');
  const text = sealTrigger(key(1), device, 5);
  const judge = async () =>
    verifyTrigger(text, { device, keys: [key(1)], guard: await openReplayGuard(guardFile(state)) });
  expect(await judge()).toHaveProperty('trigger');
  const before = await readFile(join(state, 'enrolment.json'), 'utf8');

  expect(await (await open()).accept(first, [])).toBe('known');
  expect(await readFile(join(state, 'enrolment.json'), 'utf8')).toBe(before);
  expect(await (await open()).accept({ device, key: key(2) }, [])).toBe('taken');
  expect(await judge()).toMatchObject({ refused: 'replayed' });
  expect(await ids()).toEqual([2, 1]);
});

test('counters that are gone are never started anew for a key that had some', async () => {
  const { state, open, ids } = await room();
  await (await open()).accept(first, []);
  await unlink(guardFile(state));
  await expect((await open()).accept(first, [])).rejects.toMatchObject({ code: 'guard-missing' });
  await expect((await open()).start([])).rejects.toMatchObject({ code: 'guard-missing' });
  await expect(openReplayGuard(guardFile(state))).rejects.toMatchObject({ code: 'guard-missing' });

  // With a new key there are counters again, but the earlier key is good no more.
  await expect((await open()).accept({ device, key: key(2) }, [])).resolves.toBe('taken');
  expect(await ids()).toEqual([2]);
  await openReplayGuard(guardFile(state));
});

test('the same for a key that stands in device.toml', async () => {
  const { state, open } = await room();
  await (await open()).start([key(7)]);
  await expect((await open()).start([key(7)])).rejects.toMatchObject({ code: 'guard-exists' });
  await unlink(guardFile(state));
  await expect((await open()).start([key(7)])).rejects.toMatchObject({ code: 'guard-missing' });
  await (await open()).start([key(8)]);
});

test('enrolled anew, the keys of before are good no more; a key of the file stays', async () => {
  const { open, ids } = await room();
  await (await open()).accept(first, []);
  await (await open()).accept({ ...first, device: 'pocket-2', key: key(3) }, []);
  expect(await ids()).toEqual([3]);
  expect((await open()).data.device).toBe('pocket-2');
  expect((await open()).keys([key(9)]).map(({ id }) => id)).toEqual([3, 9]);
});

test.each<[string, Enrolment, number[], string]>([
  ['a key for another device', { device: 'pocket-2', key: key(2) }, [], 'other-device'],
  [
    'a key that device.toml would hide',
    { device, key: { id: 9, secret: Buffer.alloc(32, 1) } },
    [9],
    'key-in-config',
  ],
  [
    'something to trust that is no certificate',
    { ...first, key: key(4), servers: { ...servers, mail: { ...servers.mail, trust: Buffer.from('x') } } },
    [],
    'bad-enrolment',
  ],
])('%s is not taken, and nothing is written', async (_what, given, configured, code) => {
  const { state, open } = await room();
  await (await open()).accept(first, []);
  const before = await readFile(join(state, 'enrolment.json'), 'utf8');
  await expect((await open()).accept(given, configured.map(key))).rejects.toMatchObject({ code });
  expect(await readFile(join(state, 'enrolment.json'), 'utf8')).toBe(before);
});

test('a key for a device that was never enrolled is not taken', async () => {
  const { open } = await room();
  await expect((await open()).accept({ device, key: key(2) }, [])).rejects.toMatchObject({
    code: 'no-servers',
  });
});

test('both keys are good until the server uses the new one; a late trigger under the old one is refused from then on', async () => {
  const { state, open } = await room();
  await (await open()).accept(first, []);
  const guard = await openReplayGuard(guardFile(state));
  const ring = new Keyring(await open(), [], guard);
  await ring.opened(key(1));
  await ring.accept({ device, key: key(2) });
  const judge = (id: number, counter: number) =>
    verifyTrigger(sealTrigger(key(id), device, counter), { device, keys: ring.keys, guard });
  expect(await judge(1, 10)).toHaveProperty('trigger');
  await ring.opened(key(2));
  expect(await judge(1, 11)).toHaveProperty('trigger');

  expect(await judge(2, 12)).toHaveProperty('trigger');
  expect(await judge(1, 13)).toHaveProperty('trigger');
  await ring.opened(key(1));
  expect(ring.keys).toHaveLength(2);
  await ring.opened(key(2));
  expect(await judge(1, 14)).toMatchObject({ refused: 'unknown-key' });
  expect(new Keyring(await open(), [key(1)], guard).keys.map(({ id }) => id)).toEqual([2]);
});
