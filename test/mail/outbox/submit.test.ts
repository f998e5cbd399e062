import { describe, expect, it } from 'vitest';
import { letter, outboxRoom } from './outbox-room.ts';

describe.each(['implicit', 'starttls'] as const)('over %s TLS', (mode) => {
  it('sends what waits, oldest first, over one connection, and files it in Sent', async () => {
    const room = await outboxRoom({ mode });
    await room.put('cur/2.second:2,S', letter('one', { more: 'Bcc: Eve <eve@example.org>\n' }));
    await room.put('new/1.first', letter('two', { to: 'Bob <bob@example.org>, carol@example.org' }));
    const { sent, refused, left, error, cost } = await room.submit();
    expect(error).toBeUndefined();
    expect(sent.map(({ subject, accepted }) => [subject, accepted])).toEqual([
      ['one', 2],
      ['two', 2],
    ]);
    expect({ refused, left, connections: room.server.connections }).toEqual({
      refused: [],
      left: 0,
      connections: 1,
    });
    expect(room.server.received.map(({ from, to }) => [from, to])).toEqual([
      ['ada@example.org', ['bob@example.org', 'eve@example.org']],
      ['ada@example.org', ['bob@example.org', 'carol@example.org']],
    ]);
    expect(room.server.received[0]?.text).toBe(letter('one').replaceAll('\n', '\r\n'));
    expect(room.messages()).toEqual([
      expect.stringMatching(/^\.Sent\/cur\/\d+\.[^:]+,S=\d+,W=\d+:2,S$/),
      expect.stringMatching(/^\.Sent\/cur\/\d+\.[^:]+,S=\d+,W=\d+:2,S$/),
    ]);
    expect(cost.bytesUp).toBeGreaterThan(800);
    expect(cost.roundTrips).toBeGreaterThan(5);
  });
});
