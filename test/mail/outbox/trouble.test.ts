import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { nodeFiles } from '../../../src/base/files.ts';
import { makeCertificate } from '../../../src/cli/certificate.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { letter, OUTBOX, type OutboxRoom, outboxRoom } from './outbox-room.ts';

const MODES = ['implicit', 'starttls'] as const;

async function withOne(room: OutboxRoom): Promise<OutboxRoom> {
  await room.put('new/1.one', letter('one'));
  await room.put('new/2.two', letter('two'));
  return room;
}

/** Nothing was sent, nothing was noted, all wait. */
function untouched(room: OutboxRoom, result: Awaited<ReturnType<OutboxRoom['submit']>>): void {
  expect(result).toMatchObject({ sent: [], refused: [], left: 2 });
  expect(room.server.received).toEqual([]);
  expect(room.messages()).toEqual(['.Outbox/new/1.one', '.Outbox/new/2.two']);
}

describe.each(MODES)('TLS is verified: %s', (mode) => {
  it.each([
    [
      'of nobody we trust',
      async () => ({ ca: (await makeCertificate('mail.example')).cert }),
      /self.signed/i,
    ],
    ['for another name', async () => ({ servername: 'other.example' }), /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('a certificate %s ends it before anything is said', async (_what, change, reason) => {
    const room = await withOne(await outboxRoom({ mode }));
    const auth = vi.fn(() => undefined);
    room.server.manners.auth = auth;
    const { account } = room;
    const result = await room.submit({
      account: { ...account, tls: { ...account.tls, ...(await change()) } },
    });
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'tls-refused', temporary: false });
    expect(result.error?.message).toMatch(reason);
    expect(auth).not.toHaveBeenCalled();
  });
});

describe('the account', () => {
  it('a server without STARTTLS gets no password', async () => {
    const room = await withOne(await outboxRoom({ mode: 'starttls' }, { disabledCommands: ['STARTTLS'] }));
    const auth = vi.fn(() => undefined);
    room.server.manners.auth = auth;
    const result = await room.submit();
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'tls-refused' });
    expect(auth).not.toHaveBeenCalled();
  });

  it.each([
    [535, false],
    [454, true],
  ])('refused with %i: all stay, one clear error', async (code, temporary) => {
    const room = await withOne(await outboxRoom({ auth: () => code }));
    const result = await room.submit();
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'auth-refused', temporary });
    expect(result.error?.message).toMatch(
      new RegExp(`^SMTP at mail.example:\\d+: ${code} scripted ${code}$`),
    );
    expect(room.server.connections).toBe(1);
  });

  it('a sender that must first log in is no trouble of the message', async () => {
    const room = await withOne(await outboxRoom({ sender: () => 530 }));
    const result = await room.submit();
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'auth-refused' });
  });
});

describe('the connection', () => {
  it('nobody listens: all stay', async () => {
    const room = await withOne(await outboxRoom());
    await room.server.close();
    const result = await room.submit();
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'session-lost', temporary: true });
  });

  it.each(MODES)('closed by the other side at once, over %s TLS: noticed without waiting', async (mode) => {
    const room = await withOne(await outboxRoom({ mode }));
    const connect = () => {
      const [near, far] = duplexPair();
      far.end();
      return near;
    };
    const result = await room.submit({ connect });
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'session-lost', temporary: true });
  });

  it('cut before the message: all stay, and nothing may have been sent', async () => {
    const room = await withOne(await outboxRoom({ recipient: () => 'cut' }));
    const result = await room.submit();
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'session-lost', temporary: true });
    expect(result.error?.message).not.toContain('may have been sent');
    room.server.manners.recipient = () => undefined;
    const { sent } = await room.submit();
    expect(sent.map(({ perhapsTwice }) => perhapsTwice)).toEqual([false, false]);
  });

  it('cut between the final dot and the 250: it is said, and sent again with the same Message-ID', async () => {
    const room = await outboxRoom({ message: () => 'lost' });
    await room.put('new/1.one', 'From: ada@example.org\nTo: bob@example.org\nSubject: one\n\nHello\n');
    const { sent, left, error } = await room.submit();
    expect({ sent, left }).toEqual({ sent: [], left: 1 });
    expect(error?.message).toContain('"one" may have been sent already');
    expect(await room.notes()).toMatchObject({ '1.one': { trying: true, permanent: false } });
    room.server.manners.message = () => undefined;
    expect((await room.submit()).sent).toMatchObject([{ subject: 'one', perhapsTwice: true }]);
    const ids = room.server.received.map(
      ({ text }) => /^Message-ID: (<.+@example\.org>)\r$/m.exec(text)?.[1],
    );
    expect(ids).toEqual([expect.any(String), ids[0]]);
    expect(await room.notes()).toEqual({});
  });

  it('that is silent before a reply is given up after a minute', async () => {
    const recipient = vi.fn((): 'silent' => 'silent');
    const room = await withOne(await outboxRoom({ recipient }));
    const running = room.submit();
    await vi.waitFor(() => expect(recipient).toHaveBeenCalled());
    await room.clock.advance(60_000);
    untouched(room, await running);
    expect((await running).error).toMatchObject({ code: 'deadline', temporary: true });
  });

  it('that nobody is behind is given up after a minute', async () => {
    const room = await withOne(await outboxRoom());
    const over = vi.fn();
    const running = room.submit({ connect: () => duplexPair()[0] });
    void running.then(over);
    while (over.mock.calls.length === 0) await room.clock.advance(1000);
    untouched(room, await running);
    expect((await running).error).toMatchObject({ code: 'deadline', temporary: true });
  });

  it('that is silent after the message is waited for as long as RFC 5321 says', async () => {
    const message = vi.fn((): 'silent' => 'silent');
    const room = await withOne(await outboxRoom({ message }));
    const running = room.submit();
    const over = vi.fn();
    void running.then(over);
    await vi.waitFor(() => expect(message).toHaveBeenCalled());
    await room.clock.advance(590_000);
    expect(over).not.toHaveBeenCalled();
    await room.clock.advance(20_000);
    expect((await running).error?.message).toContain('"one" may have been sent already');
  });

  it('cut off three times after much had gone up: it is refused, for the air it costs', async () => {
    const root = await temporaryDirectory();
    const room = await outboxRoom({ most: 200_000 });
    const submit = () => room.submit({ root, files: nodeFiles, clock: systemClock });
    await submit();
    const cur = join(root, '.Outbox', 'cur');
    await writeFile(
      join(cur, '1.large:2,'),
      letter('large', { body: 'x'.repeat(79).concat('\n').repeat(100_000) }),
    );
    for (let time = 1; time < 3; time += 1) {
      const { left, refused, error } = await submit();
      expect({ left, refused }).toEqual({ left: 1, refused: [] });
      expect(error).toMatchObject({ code: 'session-lost' });
    }
    const reason = expect.stringMatching(/^cut off 3 times, the last time after about \d+ of 81\d+ bytes: /);
    expect((await submit()).refused).toMatchObject([{ subject: 'large', reason }]);
    expect(await submit()).toMatchObject({ sent: [], left: 0 });
    room.server.manners.most = Number.POSITIVE_INFINITY;
    await rename(join(cur, '1.large:2,F'), join(cur, '1.large:2,'));
    expect((await submit()).sent).toMatchObject([{ subject: 'large', perhapsTwice: false }]);
  });

  it('that is ended by the caller: all stay', async () => {
    const stop = new AbortController();
    const room = await withOne(await outboxRoom());
    room.server.manners.recipient = () => {
      stop.abort(new Error('the session is over'));
      return undefined;
    };
    const result = await room.submit({ signal: stop.signal });
    untouched(room, result);
    expect(result.error?.message).toContain('the session is over');
  });
});

describe('the disk and other programs', () => {
  it('an empty Outbox opens no connection and looks into nothing but new and cur', async () => {
    const room = await outboxRoom();
    await room.submit();
    expect(room.files.paths()).toEqual([]);
    const lists = vi.spyOn(room.files, 'list');
    const { operations } = room.files;
    expect(await room.submit()).toEqual({
      sent: [],
      refused: [],
      left: 0,
      cost: { bytesUp: 0, bytesDown: 0, roundTrips: 0 },
    });
    expect(lists.mock.calls.map(([path]) => path).sort()).toEqual([`${OUTBOX}/cur`, `${OUTBOX}/new`]);
    expect(room.files.operations).toBe(operations);
    expect(room.server.connections).toBe(0);
  });

  it('a mail reader that renames or removes the message meanwhile: it is filed, or gone, and not sent again', async () => {
    const room = await withOne(await outboxRoom());
    const done: Promise<void>[] = [];
    room.server.manners.message = ({ text }) => {
      if (text.includes('Subject: one'))
        done.push(room.files.rename(`${OUTBOX}/new/1.one`, `${OUTBOX}/cur/1.one:2,S`));
      else done.push(room.files.unlink(`${OUTBOX}/new/2.two`));
      return undefined;
    };
    const result = await room.submit();
    await Promise.all(done);
    expect(result.error).toBeUndefined();
    expect(result.sent).toHaveLength(2);
    expect(room.messages()).toEqual([expect.stringMatching(/^\.Sent\/cur\//)]);
    expect(await room.content(/Sent/)).toContain('Subject: one');
  });

  it('one message in both folders is one message', async () => {
    const room = await outboxRoom();
    await room.put('new/1.one', letter('one'));
    await room.put('cur/1.one:2,S', letter('one'));
    expect((await room.submit()).sent).toHaveLength(1);
    expect(await room.submit()).toMatchObject({ sent: [], left: 0 });
    expect(room.server.received).toHaveLength(1);
  });

  it('a move to Sent that fails after the 250 is made up for, without sending again', async () => {
    const room = await outboxRoom();
    await room.put('new/1.one', letter('one'));
    const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    const rename = room.files.rename.bind(room.files);
    room.files.rename = async (from, to) => {
      if (to.includes('.Sent/cur')) throw full;
      return rename(from, to);
    };
    expect(await room.submit()).toMatchObject({ sent: [], left: 1, error: full });
    room.files.rename = rename;
    expect((await room.submit()).sent).toMatchObject([{ subject: 'one', accepted: 1, perhapsTwice: false }]);
    expect(room.server.received).toHaveLength(1);
    expect(room.server.connections).toBe(1);
  });

  it('notes that cannot be read: nothing is sent, for nobody knows what was', async () => {
    const room = await withOne(await outboxRoom());
    await room.put('.ringpost-outbox', 'nonsense');
    const result = await room.submit();
    untouched(room, result);
    expect(result.error).toMatchObject({ code: 'broken-document' });
  });
});
