import { readFile, stat, writeFile } from 'node:fs/promises';
import { duplexPair } from 'node:stream';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../../src/base/log.ts';
import { MailError } from '../../../src/mail/errors.ts';
import { imapSession } from '../../../src/mail/imap/open-session.ts';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { FULL, learn, type Room, room } from './scripted-server.ts';

const known = { uidvalidity: 7, modseq: 90n, uids: UidSet.range(1, 3) };

/** All calls of a session at once; the code of each result. */
async function everything({ open }: Room): Promise<string[]> {
  const session = await open();
  const results = await Promise.allSettled([
    session.select('INBOX', known),
    session.fetchMessages(UidSet.of([4]), async () => {}),
    session.existing(UidSet.range(1, 3)),
    session.logout(),
  ]);
  return results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as MailError).code));
}

describe('a server that drops the connection', () => {
  it('after any reply: every call without a reply rejects with session-lost, and the next session works', async () => {
    const it = await room();
    await learn(it);
    const remembered = await readFile(it.profilePath, 'utf8');
    // Greeting, LOGIN, ENABLE, SELECT, FETCH, SEARCH: six pieces before the answer to LOGOUT.
    for (let dropAfter = 1; dropAfter <= 6; dropAfter += 1) {
      it.server.options = { dropAfter };
      it.server.sent = 0;
      const answered = Math.max(0, Math.min(3, dropAfter - 3));
      expect(await everything(it)).toEqual([
        ...Array(answered).fill('ok'),
        ...Array(4 - answered).fill('session-lost'),
      ]);
      it.server.options = {};
      it.server.sent = 0;
      expect(await everything(it)).toEqual(['ok', 'ok', 'ok', 'ok']);
    }
    const { capabilities, earlyCommands } = JSON.parse(await readFile(it.profilePath, 'utf8'));
    expect({ capabilities, earlyCommands }).toEqual({
      capabilities: JSON.parse(remembered).capabilities,
      earlyCommands: false,
    });
  });

  it('while it is asked step by step', async () => {
    for (let dropAfter = 1; dropAfter <= 4; dropAfter += 1) {
      const it = await room({ dropAfter });
      await expect(it.open()).rejects.toMatchObject({ code: 'session-lost', temporary: true });
      it.server.options = {};
      expect(await everything(it)).toEqual(['ok', 'ok', 'ok', 'ok']);
    }
  });

  it('after any byte of its answers', async () => {
    const text =
      '* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 5] x\r\n* 1 FETCH (UID 4 FLAGS () INTERNALDATE "01-Jan-2026 00:00:00 +0000" RFC822.SIZE 5 BODY[] {5}\r\nhello)\r\n';
    for (let cut = 1; cut < text.length; cut += 7) {
      const it = await room({
        script: ({ verb }) => (verb === 'SELECT' ? text.slice(0, cut) : undefined),
        dropAfter: 6,
      });
      const session = await it.open();
      const calls = [
        session.select('INBOX'),
        session.fetchMessages(UidSet.of([4]), async (_head, body) => {
          for await (const _ of body);
        }),
      ];
      for (const call of calls)
        await expect(call).rejects.toMatchObject({ code: 'session-lost', temporary: true });
    }
  });

  it('with BYE: says what it said', async () => {
    const it = await room({
      script: ({ verb }) => (verb === 'SELECT' ? '* BYE going down\r\n' : undefined),
      dropAfter: 6,
    });
    const session = await it.open();
    await expect(session.select('INBOX')).rejects.toThrow(/BYE going down/);
    const greeting = await room({ greeting: '* BYE too many\r\n' });
    await expect(greeting.open()).rejects.toMatchObject({
      code: 'session-lost',
      message: expect.stringContaining('too many'),
    });
  });
});

describe('a server that is not as remembered', () => {
  it('is asked again, unnoticed by the calls under way', async () => {
    const it = await room();
    await learn(it);
    const poor = 'IMAP4rev1 AUTH=PLAIN';
    it.server.options = {
      capabilities: poor,
      script: ({ tag, verb, line }) =>
        verb === 'SELECT' && line.includes('(') ? `${tag} BAD what?\r\n` : undefined,
    };
    expect(await everything(it)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(it.server.connections).toHaveLength(3);
    expect(JSON.parse(await readFile(it.profilePath, 'utf8')).capabilities).toEqual(poor.split(' '));
  });

  it('is asked again when it refuses QRESYNC only in SELECT', async () => {
    const it = await room();
    await learn(it);
    let bad = 0;
    it.server.options = {
      script: ({ tag, verb, line }) => {
        if (verb === 'SELECT' && line.includes('QRESYNC') && bad++ === 0) return `${tag} BAD what?\r\n`;
        return undefined;
      },
    };
    expect(await everything(it)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('that no longer takes commands before its greeting loses one session only', async () => {
    const it = await room({ early: true });
    await learn(it);
    expect(JSON.parse(await readFile(it.profilePath, 'utf8')).earlyCommands).toBe(true);
    it.server.options = { early: true, dropAfter: 1 };
    expect(await everything(it)).toEqual(Array(4).fill('session-lost'));
    it.server.options = {};
    it.server.sent = 0;
    it.server.flights.length = 0;
    expect(await everything(it)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(it.server.flights).toHaveLength(1);
  });

  it('is found by its name when it left its address', async () => {
    const it = await room();
    await learn(it);
    const profile = JSON.parse(await readFile(it.profilePath, 'utf8'));
    await writeFile(it.profilePath, JSON.stringify({ ...profile, address: '192.0.2.1' }));
    const asked: string[] = [];
    const session = await it.open({
      connect: (host) => {
        asked.push(host);
        if (host === 'mail.example') return it.server.connect();
        const [near] = duplexPair();
        setImmediate(() => near.destroy(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })));
        return near;
      },
    });
    expect(await session.select('INBOX', known)).toMatchObject({ exists: 3 });
    await session.logout();
    expect(asked).toEqual(['192.0.2.1', 'mail.example']);
    expect(JSON.parse(await readFile(it.profilePath, 'utf8')).address).toBeNull();
  });

  it('and a broken profile or another account begin anew', async () => {
    const it = await room();
    await writeFile(it.profilePath, 'garbage');
    await learn(it);
    expect((await stat(it.profilePath)).mode & 0o777).toBe(0o600);
    await it.open({ account: { ...it.options.account, user: 'bob' } });
    expect(it.server.flights[0]).toMatch(/^\w CAPABILITY\r\n$/);
  });
});

describe('login', () => {
  it.each([['NO'], ['BAD']])('%s is final, and the password is nowhere', async (word) => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }) as Log;
    const it = await room(
      { script: ({ tag, verb }) => (verb === 'LOGIN' ? `${tag} ${word} not hunter "2"\r\n` : undefined) },
      { log },
    );
    const error = await it.open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'auth-refused', temporary: false });
    const { message, fields, stack } = error as MailError;
    expect(JSON.stringify([message, fields, stack, lines])).not.toContain('hunter');
  });

  it('is refused for now where the server says so', async () => {
    const it = await room({
      script: ({ tag, verb }) => (verb === 'LOGIN' ? `${tag} NO [UNAVAILABLE] later\r\n` : undefined),
    });
    await expect(it.open()).rejects.toMatchObject({ code: 'server-refused', temporary: true });
  });

  it('refused in the flight rejects every call so', async () => {
    const it = await room();
    await learn(it);
    it.server.options = { script: ({ tag, verb }) => (verb === 'LOGIN' ? `${tag} NO wrong\r\n` : undefined) };
    expect(await everything(it)).toEqual(Array(4).fill('auth-refused'));
  });

  it('has no way at a server without LOGIN and PLAIN', async () => {
    const it = await room({ capabilities: 'IMAP4rev1 LOGINDISABLED AUTH=GSSAPI' });
    await expect(it.open()).rejects.toMatchObject({ code: 'auth-refused' });
  });
});

describe('waiting', () => {
  it('ends when the server falls silent, also in the middle of a body', async () => {
    for (const said of [
      '',
      '* 1 FETCH (UID 4 FLAGS () INTERNALDATE "01-Jan-2026 00:00:00 +0000" RFC822.SIZE 9 BODY[] {9}\r\nabc',
    ]) {
      const it = await room({ script: ({ verb }) => (verb === 'UID FETCH' ? said : undefined) });
      const session = await it.open();
      const fetched = session.fetchMessages(UidSet.of([4]), async (_head, body) => {
        for await (const _ of body);
      });
      fetched.catch(() => {});
      await it.clock.advance(1000);
      await it.clock.advance(61_000);
      await expect(fetched).rejects.toMatchObject({ code: 'session-lost', temporary: true });
      await expect(session.select('INBOX')).rejects.toMatchObject({ code: 'session-lost' });
    }
  });

  it('does not blame the server for a slow disk, or for a pause between calls', async () => {
    const it = await room({
      script: ({ tag, verb }) =>
        verb === 'UID FETCH'
          ? `* 1 FETCH (UID 4 FLAGS () INTERNALDATE "01-Jan-2026 00:00:00 +0000" RFC822.SIZE 3 BODY[] {3}\r\nabc)\r\n${tag} OK\r\n`
          : undefined,
    });
    const session = await it.open();
    await it.clock.advance(3_600_000);
    let reached = false;
    const fetched = session.fetchMessages(UidSet.of([4]), async () => {
      reached = true;
      await it.clock.sleep(120_000);
    });
    while (!reached) await it.clock.advance(1);
    await it.clock.advance(121_000);
    await fetched;
    await session.logout();
  });

  it('learns that early commands are dropped, and goes on without them', async () => {
    const it = await room(
      {
        capabilities: FULL,
        script: ({ verb, tag }) =>
          verb === 'CAPABILITY' && tag === '1' && it.server.connections.length === 1 ? '' : undefined,
      },
      { probeEarly: true },
    );
    const opening = it.open();
    let open = false;
    void opening.then(() => {
      open = true;
    });
    while (!open) await it.clock.advance(500);
    await (await opening).logout();
    expect(JSON.parse(await readFile(it.profilePath, 'utf8'))).toMatchObject({ earlyCommands: false });
  });

  it('ends with the signal', async () => {
    const it = await room({ script: ({ verb }) => (verb === 'SELECT' ? '' : undefined) });
    const control = new AbortController();
    const session = await imapSession(it.options)(control.signal);
    const selected = session.select('INBOX');
    control.abort(new Error('user'));
    await expect(selected).rejects.toMatchObject({ code: 'session-lost', cause: { message: 'user' } });
    await session[Symbol.asyncDispose]();
  });
});

it('answers garbage with server-confused', async () => {
  for (const garbage of ['hello\r\n', '* 1 FETCH (((\r\n', 'zz OK\r\n', `* ${'x'.repeat(5_000_000)}\r\n`]) {
    const it = await room({ script: ({ verb }) => (verb === 'SELECT' ? garbage : undefined) });
    const session = await it.open();
    await expect(session.select('INBOX')).rejects.toBeInstanceOf(MailError);
    await expect(session.select('INBOX')).rejects.toMatchObject({ code: 'server-confused' });
  }
});
