import { describe, expect, it } from 'vitest';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { FULL, learn, room, type Script } from './scripted-server.ts';

const known = { uidvalidity: 7, modseq: 90n, uids: UidSet.range(1, 3) };
const without = (...names: string[]) =>
  FULL.split(' ')
    .filter((name) => !names.includes(name))
    .join(' ');
const verbs = (flights: readonly string[]) =>
  flights.flatMap((flight) => flight.split('\r\n').slice(0, -1)).map((line) => line.replace(/^\w+ /, ''));

describe('without an extension', () => {
  it.each([
    ['QRESYNC', 'SELECT INBOX (CONDSTORE)', false],
    ['ENABLE', 'SELECT INBOX (CONDSTORE)', false],
    ['UIDPLUS', 'SELECT INBOX (QRESYNC (7 90 1:3))', true],
    ['ESEARCH', 'SELECT INBOX (QRESYNC (7 90 1:3))', true],
  ])('%s: %s', async (missing, select, resynced) => {
    const capabilities = without(missing);
    const it = await room({
      capabilities,
      script: ({ tag, verb }) => (verb === 'UID SEARCH' ? `* SEARCH 2 3\r\n${tag} OK\r\n` : undefined),
    });
    await learn(it);
    const session = await it.open();
    const [selected, found] = await Promise.all([
      session.select('INBOX', known),
      session.existing(UidSet.range(1, 2)),
      session.logout(),
    ]);
    expect(verbs(it.server.flights)).toContain(select);
    expect(selected.resynced).toBe(resynced);
    expect(found.toString()).toBe('2');
    expect(verbs(it.server.flights)).toContain(
      `UID SEARCH ${missing === 'ESEARCH' ? '' : 'RETURN (ALL) '}UID 1:2`,
    );
    expect(it.server.flights).toHaveLength(1);
  });

  it('CONDSTORE: no MODSEQ anywhere', async () => {
    const it = await room({ capabilities: without('CONDSTORE', 'QRESYNC') });
    await learn(it);
    const session = await it.open();
    expect(session.offers).toEqual({
      condstore: false,
      qresync: false,
      move: false,
      uidplus: true,
      compress: true,
    });
    const selected = session.select('INBOX', known);
    const fetched = session.fetchMessages(UidSet.of([9]), async () => {});
    await Promise.all([fetched, session.fetchFlags(UidSet.of([1]), 5n), session.logout()]);
    expect(await selected).toMatchObject({ highestModseq: undefined, resynced: false });
    expect(verbs(it.server.flights).slice(1)).toEqual([
      'SELECT INBOX',
      'UID FETCH 9 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])',
      'UID FETCH 1 (UID FLAGS)',
      'LOGOUT',
    ]);
  });

  it('COMPRESS: says so without asking; a refusal leaves it as it was', async () => {
    const it = await room({ capabilities: without('COMPRESS=DEFLATE') });
    expect(await (await it.open()).compress?.()).toBe(false);
    const refusing = await room({
      script: ({ tag, verb }) => (verb === 'COMPRESS' ? `${tag} NO [COMPRESSIONACTIVE] x\r\n` : undefined),
    });
    const session = await refusing.open();
    expect(await session.compress?.()).toBe(false);
    expect(await session.select('INBOX')).toMatchObject({ exists: 3 });
    expect(await (await refusing.open({ compress: 'never' })).compress?.()).toBe(false);
  });

  it('LITERAL+: waits for the server before a name that needs a literal', async () => {
    const it = await room({ capabilities: without('LITERAL+') });
    const account = { ...it.options.account, password: 'pässword' };
    const session = await it.open({ account });
    await session.logout();
    expect(it.server.flights[1]).toMatch(/^\w LOGIN ada \{9\}\r\n$/);
    expect(it.server.flights[2]).toBe(`${Buffer.from('pässword').toString('latin1')}\r\n`);
  });

  it.each([true, false])('LOGIN: AUTHENTICATE PLAIN alone in its flight (SASL-IR: %s)', async (ir) => {
    const answer = Buffer.from('\0ada\0hunter "2"').toString('base64');
    let asked = '';
    const script: Script = ({ tag, verb }) => {
      if (tag === answer) return `${asked} OK logged in\r\n`;
      if (verb !== 'AUTHENTICATE' || ir) return undefined;
      asked = tag;
      return '+ \r\n';
    };
    const it = await room({ capabilities: `${ir ? FULL : without('SASL-IR')} LOGINDISABLED`, script });
    await learn(it);
    const session = await it.open();
    await Promise.all([session.select('INBOX', known), session.logout()]);
    expect(it.server.flights.slice(0, -1).map((flight) => flight.replace(/^[1-9] /, ''))).toEqual(
      ir ? [`AUTHENTICATE PLAIN ${answer}\r\n`] : ['AUTHENTICATE PLAIN\r\n', `${answer}\r\n`],
    );
    expect(verbs(it.server.flights.slice(-1))).toEqual([
      'ENABLE QRESYNC',
      'SELECT INBOX (QRESYNC (7 90 1:3))',
      'LOGOUT',
    ]);
  });
});

it('uses deflate in both directions when asked, and holds later calls until then', async () => {
  const text = 'x'.repeat(4000);
  const it = await room({
    script: ({ tag, verb }) =>
      verb === 'UID FETCH'
        ? `* 4 FETCH (UID 4 FLAGS () INTERNALDATE "01-Jan-2026 00:00:00 +0000" RFC822.SIZE 4000 MODSEQ (91) BODY[] {4000}\r\n${text})\r\n${tag} OK\r\n`
        : verb === 'COMPRESS'
          ? `${tag} OK deflate\r\n`
          : undefined,
  });
  await learn(it);
  const session = await it.open();
  const bodies: string[] = [];
  const results = await Promise.all([
    session.select('INBOX', known),
    session.compress?.(),
    session.fetchMessages(UidSet.of([4]), async (_head, body) => {
      for await (const chunk of body) bodies.push(Buffer.from(chunk).toString());
    }),
    session.logout(),
  ]);
  expect(results[1]).toBe(true);
  expect(bodies.join('')).toBe(text);
  expect(verbs(it.server.flights.slice(0, 1)).at(-1)).toBe('COMPRESS DEFLATE');
  expect(it.server.flights.slice(1).join('')).toMatch(/UID FETCH.*\r\n\w+ LOGOUT\r\n$/s);
  expect(session.cost().bytesDown).toBeLessThan(3500);
});

it('works over STARTTLS, and believes nothing that was said before it', async () => {
  const it = await room({ starttls: true, greeting: '* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n' });
  await learn(it);
  const session = await it.open();
  await Promise.all([session.select('INBOX', known), session.logout()]);
  expect(verbs(it.server.flights)).toEqual([
    'STARTTLS',
    'LOGIN ada "hunter \\"2\\""',
    'ENABLE QRESYNC',
    'SELECT INBOX (QRESYNC (7 90 1:3))',
    'LOGOUT',
  ]);
});

describe('SELECT', () => {
  it('names the mailbox in modified UTF-7, quoted, and leaves out long UID sets', async () => {
    const it = await room();
    const session = await it.open();
    const uids = UidSet.of(Array.from({ length: 200 }, (_, index) => index * 2 + 1));
    await session.select('Entwürfe "neu" & mehr', { uidvalidity: 7, modseq: 5n, uids });
    expect(it.server.flights.at(-1)).toMatch(
      /^\w SELECT "Entw&APw-rfe \\"neu\\" &- mehr" \(QRESYNC \(7 5\)\)\r\n$/,
    );
  });

  it('tells what changed and vanished since, through news about the mailbox before and a sequence of oddities', async () => {
    const it = await room({
      script: ({ tag, verb }) =>
        verb === 'SELECT'
          ? '* 1 FETCH (UID 99 FLAGS (\\Seen))\r\n* VANISHED 98\r\n* OK [CLOSED] x\r\n* 2 EXISTS\r\n* 0 RECENT\r\n' +
            '* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n* OK [HIGHESTMODSEQ 99] x\r\n* NO careful\r\n' +
            '* VANISHED (EARLIER) 3:5,7\r\n* 1 FETCH (UID 1 MODSEQ (95) FLAGS (\\Seen \\Recent kw))\r\n' +
            `* 9 EXPUNGE\r\n* 1 FETCH (FLAGS (\\Draft))\r\n* LIST () "/" x\r\n${tag} OK [READ-WRITE] x\r\n`
          : undefined,
    });
    const session = await it.open();
    const selected = await session.select('INBOX', known);
    expect(selected).toEqual({
      uidvalidity: 7,
      uidnext: 9,
      exists: 2,
      highestModseq: 99n,
      resynced: true,
      changed: [{ uid: 1, flags: ['\\Seen', 'kw'], modseq: 95n }],
      vanished: UidSet.parse('3:5,7'),
    });
  });

  it.each([
    ['another UIDVALIDITY', '* OK [UIDVALIDITY 8] x\r\n* OK [HIGHESTMODSEQ 99] x\r\n'],
    ['NOMODSEQ', '* OK [UIDVALIDITY 7] x\r\n* OK [NOMODSEQ] x\r\n'],
  ])('has told nothing about changes with %s', async (_what, lines) => {
    const it = await room({
      script: ({ tag, verb }) =>
        verb === 'SELECT'
          ? `* 2 EXISTS\r\n* OK [UIDNEXT 9] x\r\n${lines}* VANISHED (EARLIER) 1\r\n${tag} OK x\r\n`
          : undefined,
    });
    const selected = await (await it.open()).select('INBOX', known);
    expect(selected).toMatchObject({ resynced: false, changed: [], vanished: UidSet.empty });
  });

  it('says which mailbox is not there', async () => {
    const it = await room({
      script: ({ tag, verb }) => (verb === 'SELECT' ? `${tag} NO [NONEXISTENT] no\r\n` : undefined),
    });
    const session = await it.open();
    await expect(session.select('Weg')).rejects.toMatchObject({
      code: 'no-mailbox',
      message: 'SELECT Weg: NO no',
    });
    await session.logout();
  });
});
