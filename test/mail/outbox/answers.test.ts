import { describe, expect, it } from 'vitest';
import { letter, OUTBOX, type OutboxRoom, outboxRoom } from './outbox-room.ts';

/** Two messages; the first is the one that has trouble. */
async function twoLetters(room: OutboxRoom, to = 'bob@example.org'): Promise<void> {
  await room.put('new/1.trouble', letter('trouble', { to }));
  await room.put('new/2.fine', letter('fine', { to: 'dan@example.org' }));
}

const bobIs = (code: number) => ({
  recipient: (address: string) => (address.startsWith('bob') ? code : undefined),
});
const FLAGGED = '.Outbox/cur/1.trouble:2,F';

describe('a permanent refusal', () => {
  it.each([
    ['of the only recipient', bobIs(550), '550 scripted 550'],
    ['of the sender', senderIsRefusedOnce(), '553 scripted 553'],
    ['of the message', messageIsRefused(554), '554 scripted 554'],
  ])(
    '%s keeps it, flagged and with a note, and does not hold up the next',
    async (_what, manners, reason) => {
      const room = await outboxRoom(manners);
      await twoLetters(room);
      const result = await room.submit();
      expect(result.refused).toEqual([{ base: '1.trouble', subject: 'trouble', reason }]);
      expect(result.sent.map(({ subject }) => subject)).toEqual(['fine']);
      expect(result).toMatchObject({ left: 0 });
      expect(result.error).toBeUndefined();
      expect(room.messages()).toEqual([FLAGGED, expect.stringMatching(/^\.Sent\/cur\//)]);
      const now = room.clock.now();
      expect(await room.notes()).toEqual({
        '1.trouble': expect.objectContaining({ reason, when: now, permanent: true, trying: false }),
      });
      expect(room.server.received.map(({ to }) => to)).toEqual([['dan@example.org']]);
    },
  );

  it('is not tried again until the user clears the flag, or changes the message', async () => {
    const room = await outboxRoom(bobIs(550));
    await room.put('new/1.trouble', letter('trouble'));
    await room.submit();
    room.server.manners.recipient = () => undefined;
    expect(await room.submit()).toMatchObject({ sent: [], refused: [], left: 0 });
    expect(room.server.connections).toBe(1);
    await room.files.rename(`${OUTBOX}/cur/1.trouble:2,F`, `${OUTBOX}/cur/1.trouble:2,`);
    expect((await room.submit()).sent).toHaveLength(1);

    room.server.manners.recipient = () => 550;
    await room.put('new/3.other', letter('other'));
    await room.submit();
    await room.files.unlink(`${OUTBOX}/cur/3.other:2,F`);
    room.server.manners.recipient = () => undefined;
    await room.put('cur/3.other:2,F', letter('other', { to: 'carol@example.org' }));
    expect((await room.submit()).sent).toMatchObject([{ subject: 'other', missed: [] }]);
  });

  it('of one recipient among others: sent to those, filed, and it is said who does not get it', async () => {
    const room = await outboxRoom(bobIs(550));
    await twoLetters(room, 'bob@example.org, carol@example.org');
    const missed = [{ address: 'bob@example.org', reason: '550 scripted 550' }];
    const { sent, refused } = await room.submit();
    expect(sent).toMatchObject([
      { subject: 'trouble', accepted: 1, missed },
      { subject: 'fine', accepted: 1, missed: [] },
    ]);
    expect(refused).toEqual([]);
    const filed = room.messages().map((path) => path.replace(/^\.Sent\/cur\/(.*):2,S$/, '$1'));
    expect(Object.entries(await room.notes())).toEqual([
      [
        expect.toSatisfy((base) => filed.includes(base)),
        expect.objectContaining({ refused: missed, filed: true }),
      ],
    ]);
    expect(await room.submit()).toMatchObject({ sent: [], left: 0 });
  });
});

describe('a refusal for now', () => {
  it.each([
    ['of the only recipient', bobIs(450), '450 scripted 450'],
    ['of the message', messageIsRefused(452), '452 scripted 452'],
  ])('%s leaves it for the next session, unflagged', async (_what, manners, reason) => {
    const room = await outboxRoom(manners);
    await twoLetters(room);
    const { sent, left, error } = await room.submit();
    expect(sent.map(({ subject }) => subject)).toEqual(['fine']);
    expect(left).toBe(1);
    expect(error).toMatchObject({ code: 'server-refused', temporary: true });
    expect(error?.message).toContain(reason);
    expect(room.messages()).toContain('.Outbox/new/1.trouble');
    Object.assign(room.server.manners, { recipient: () => undefined, message: () => undefined });
    expect((await room.submit()).sent).toMatchObject([{ subject: 'trouble', perhapsTwice: false }]);
  });

  it('that becomes one for good: the message is filed, for others have it, and it is said who does not get it', async () => {
    const room = await outboxRoom(bobIs(450));
    await room.put('new/1.both', letter('both', { to: 'bob@example.org, carol@example.org' }));
    await room.submit();
    room.server.manners.recipient = bobIs(550).recipient;
    const missed = [{ address: 'bob@example.org', reason: '550 scripted 550' }];
    expect(await room.submit()).toMatchObject({ sent: [{ accepted: 1, missed }], refused: [], left: 0 });
    expect(room.messages()).toEqual([expect.stringMatching(/^\.Sent\/cur\//)]);
    expect(room.server.received.map(({ to }) => to)).toEqual([['carol@example.org']]);
  });

  it('of one recipient among others: only that one gets it the next time, then it is filed', async () => {
    const room = await outboxRoom({
      recipient: (address) => ({ 'bob@example.org': 450, 'eve@example.org': 550 })[address],
    });
    await room.put('new/1.all', letter('all', { to: 'bob@example.org, carol@example.org, eve@example.org' }));
    expect(await room.submit()).toMatchObject({ sent: [], refused: [], left: 1 });
    expect(room.messages()).toEqual(['.Outbox/new/1.all']);
    room.server.manners.recipient = () => undefined;
    const missed = [{ address: 'eve@example.org', reason: '550 scripted 550' }];
    expect((await room.submit()).sent).toMatchObject([{ accepted: 2, missed, perhapsTwice: false }]);
    expect(room.server.received.map(({ to }) => to)).toEqual([['carol@example.org'], ['bob@example.org']]);
  });
});

it.each([
  ['recipient', bobIs(421)],
  ['sender', { sender: () => 421 }],
])('421 to the %s ends the connection: all wait', async (_what, manners) => {
  const room = await outboxRoom(manners);
  await twoLetters(room);
  const { sent, left, error } = await room.submit();
  expect({ sent, left }).toEqual({ sent: [], left: 2 });
  expect(error).toMatchObject({ code: 'session-lost', temporary: true });
});

describe('what the server says that it cannot take', () => {
  it('a message over its SIZE is not sent', async () => {
    const room = await outboxRoom({ size: 2000 });
    await room.put('new/1.big', letter('big', { body: 'x\n'.repeat(800) }));
    await room.put('new/2.fine', letter('fine', { body: 'x\n'.repeat(500) }));
    const { refused, sent, cost } = await room.submit();
    expect(refused).toMatchObject([
      {
        subject: 'big',
        reason: expect.stringMatching(/^it has 25\d\d bytes, and the server takes at most 2000$/),
      },
    ]);
    expect(sent).toMatchObject([{ subject: 'fine' }]);
    expect(cost.bytesUp).toBeLessThan(4500);
  });

  it('an address beyond ASCII without SMTPUTF8', async () => {
    const room = await outboxRoom({}, { hideSMTPUTF8: true });
    await room.put('new/1.local', letter('local', { to: 'bøb@example.org' }));
    await room.put('new/2.domain', letter('domain', { to: 'bob@bücher.example' }));
    const { refused, sent } = await room.submit();
    expect(refused).toMatchObject([{ reason: 'the server takes no address beyond ASCII: bøb@example.org' }]);
    expect(sent).toMatchObject([{ subject: 'domain' }]);
  });
});

function senderIsRefusedOnce() {
  let asked = 0;
  const sender = () => {
    asked += 1;
    return asked === 1 ? 553 : undefined;
  };
  return { sender };
}

function messageIsRefused(code: number) {
  return {
    message: ({ text }: { text: string }) => (text.includes('Subject: trouble') ? code : undefined),
  };
}
