import { describe, expect, test } from 'vitest';
import { hintOf, type Scene, setScene, wrongAtServer, wrongInCopy } from './expected.ts';
import { type Line, missed } from './missed.ts';
import type { Brought, Run } from './peer.ts';
import { ROWS } from './rows.ts';

const USE = { cpuSeconds: 1, peakMegabytes: 1 };
const scene = setScene(ROWS.d, 3, 5000);

/** A run that did all that the scene asks for. */
function did(more: Partial<Brought> = {}): Run {
  const { flagged, removed } = scene.atServer;
  const texts = scene.mails.map(({ text }) => `Received: by a program\r\n${text.replaceAll('\n', '\r\n')}`);
  return { use: USE, brought: { texts, flagged, removed, ...more } };
}

describe('what a run of the benchmark should have done', () => {
  test('no two scenes of a mailbox take the same UID or the same mail', () => {
    const scenes = Array.from({ length: 10 }, (_, index) =>
      setScene(ROWS[index % 2 ? 'd' : 'e'], index, 5000),
    );
    const uids = scenes.flatMap(({ atServer, inCopy }) =>
      [atServer, inCopy].flatMap((one) => Object.values(one).flat()),
    );
    expect(uids).toHaveLength(5 * 25 + 5 * 13);
    expect(new Set(uids).size).toBe(uids.length);
    expect(Math.max(...uids)).toBeLessThan(5000);
    const words = scenes.flatMap(({ mails }) => mails.map(({ word }) => word));
    expect(new Set(words).size).toBe(words.length);
  });

  test('the hint is count and size of the new mails, as a server counts them', () => {
    const { text } = scene.mails[0] ?? { text: '' };
    expect(hintOf(scene)).toEqual({ count: 1, size: Buffer.byteLength(text.replaceAll('\n', '\r\n')) });
    expect(hintOf(setScene(ROWS.a, 0, 5000))).toBeUndefined();
  });

  test('a mail that did not come, came twice or came broken is told, and so is a flag or a message', () => {
    const peer = {};
    expect(wrongInCopy(peer, scene, did())).toEqual([]);
    expect(wrongInCopy(peer, scene, did({ texts: [] }))).toEqual(['1 of 1 new mails are not in the copy']);
    const [text = ''] = did().brought.texts;
    expect(wrongInCopy(peer, scene, did({ texts: [text, text] }))).toEqual(['2 mails came, expected 1']);
    expect(wrongInCopy(peer, scene, did({ texts: [text.slice(0, -40)] }))).toHaveLength(1);
    const [uid] = scene.atServer.flagged;
    expect(wrongInCopy(peer, scene, did({ flagged: scene.atServer.flagged.slice(1) }))).toEqual([
      `not flagged in the copy: UID ${uid}`,
    ]);
    expect(wrongInCopy(peer, scene, did({ removed: [] }))[0]).toContain('not removed in the copy');
    expect(wrongInCopy({ onlyNewMail: true }, scene, did({ removed: [], flagged: [] }))).toEqual([]);
    expect(wrongInCopy(peer, scene, { ...did(), complaint: 'it failed' })).toEqual(['it failed']);
  });

  test('what did not reach the server is told', () => {
    const up: Scene = setScene(ROWS.e, 0, 5000);
    const { flagged, removed } = up.inCopy;
    expect(wrongAtServer(up, { there: flagged, flagged })).toEqual([]);
    expect(wrongAtServer(up, { there: [...flagged, ...removed], flagged: [] })).toEqual([
      `not flagged at the server: UID ${flagged.join(', ')}`,
      `still at the server: UID ${removed.join(', ')}`,
    ]);
  });
});

test('an aim that is missed, and a peer with fewer bytes, are told', () => {
  const line = (peer: Line['peer'], bytesDown: number, seconds: number): Line => ({
    ...{ messages: 5000, network: 'slow', row: 'a', situation: ROWS.a, peer, use: USE, wrong: [] },
    air: { connections: 1, bytesUp: 700, bytesDown, roundTrips: 2, seconds },
  });
  expect(missed([line('ringpost', 1500, 2.8), line('mbsync', 20_000, 14)])).toEqual([]);
  expect(missed([line('ringpost', 1700, 3), line('imapflow', 1650, 14)])).toEqual([
    '5,000 messages, slow, row a, ringpost: 3.00 s, the aim is 2.9 s',
    '5,000 messages, slow, row a, ringpost: 1700 bytes down, the aim is below 1600',
    '5,000 messages, slow, row a, ringpost: 2400 bytes both ways, imapflow needs 2350',
  ]);
});
