import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailError } from '../../../../src/mail/errors.ts';
import { CommandReader } from '../../../../src/mail/imap/wire/command-reader.ts';
import { chunked, readAll } from './feed.ts';

const atom = (text: string) => ({ kind: 'atom', text });
const quoted = (text: string) => ({ kind: 'quoted', text });
const literal = (text: string, binary = false) => ({ kind: 'literal', bytes: Buffer.from(text), binary });
const list = (...items: unknown[]) => ({ kind: 'list', items });

describe('responses', () => {
  it('recognises continuation, tagged and untagged status, and data', async () => {
    const wire = [
      '* OK [CAPABILITY IMAP4rev1 LITERAL+] ready {5}',
      '+ go ahead',
      '+',
      'a1 NO [TRYCREATE] no such mailbox',
      '* BYE',
      '* 12 EXISTS',
      '* ok [HIGHESTMODSEQ 9223372036854775807] x',
      '',
    ].join('\r\n');
    expect(await readAll('responses', wire)).toEqual([
      {
        kind: 'status',
        tag: '*',
        status: 'OK',
        code: {
          name: 'CAPABILITY',
          items: [atom('IMAP4rev1'), atom('LITERAL+')],
          text: 'IMAP4rev1 LITERAL+',
        },
        text: 'ready {5}',
      },
      { kind: 'continuation', text: 'go ahead' },
      { kind: 'continuation', text: '' },
      {
        kind: 'status',
        tag: 'a1',
        status: 'NO',
        code: { name: 'TRYCREATE', items: [], text: '' },
        text: 'no such mailbox',
      },
      { kind: 'status', tag: '*', status: 'BYE', code: undefined, text: '' },
      { kind: 'data', number: 12, name: 'EXISTS', items: [] },
      {
        kind: 'status',
        tag: '*',
        status: 'OK',
        code: {
          name: 'HIGHESTMODSEQ',
          items: [atom('9223372036854775807')],
          text: '9223372036854775807',
        },
        text: 'x',
      },
    ]);
  });

  it('reads a FETCH with section, literal, NIL, escapes and adjacent lists', async () => {
    const wire =
      '* 3 FETCH (UID 7 FLAGS (\\Seen $Junk) BODY[HEADER.FIELDS (DATE "X-A")]<0> {4}\r\nA\r\0B X "a\\"\\\\b" E ((NIL)(1)))\r\n';
    expect(await readAll('responses', wire)).toEqual([
      {
        kind: 'data',
        number: 3,
        name: 'FETCH',
        items: [
          list(
            atom('UID'),
            atom('7'),
            atom('FLAGS'),
            list(atom('\\Seen'), atom('$Junk')),
            {
              kind: 'section',
              name: 'BODY',
              items: [atom('HEADER.FIELDS'), list(atom('DATE'), quoted('X-A'))],
              origin: 0,
            },
            literal('A\r\0B'),
            atom('X'),
            quoted('a"\\b'),
            atom('E'),
            list(list(atom('NIL')), list(atom('1'))),
          ),
        ],
      },
    ]);
  });

  it('hands a literal over as a stream and passes over what was not read of it', async () => {
    const wire =
      '* 1 FETCH (UID 5 BODY[] {6}\r\nabcdef FLAGS ())\r\n* 2 FETCH (UID 6 BODY[] ~{3}\r\nxyz)\r\n';
    const seen: unknown[] = [];
    const read = await readAll('responses', wire, {
      sizes: [1],
      take: async (place, chunks) => {
        seen.push([place.number, place.name, place.innermost.length, place.size, place.binary]);
        for await (const chunk of chunks) return chunk.toString();
      },
    });
    expect(seen).toEqual([
      [1, 'FETCH', 3, 6, false],
      [2, 'FETCH', 3, 3, true],
    ]);
    expect(JSON.stringify(read)).toContain(
      '"kind":"streamed","size":6,"value":"a"},{"kind":"atom","text":"FLAGS"}',
    );
    expect(read).toHaveLength(2);
  });

  it.each([
    ['* 1 FETCH (UID 5\r\n'],
    ['* 1 FETCH UID)\r\n'],
    ['* 1 FETCH (X "abc)\r\n'],
    ['* 1 FETCH ({5)\r\n'],
    ['* 1 FETCH (A\0)\r\n'],
    ['garbage\r\n'],
    ['\r\n'],
    ['* \r\n'],
    ['* 1 FETCH ({2000000}\r\nx'],
    [`* X ${'('.repeat(70)}\r\n`],
    [`* X ${'a'.repeat(70_000)}\r\n`],
    [`* X ${'{0}\r\n'.repeat(65)}\r\n`],
  ])('refuses %j', async (wire) => {
    const last = (await readAll('responses', wire)).at(-1);
    expect(last).toBeInstanceOf(MailError);
    expect(['server-confused', 'session-lost']).toContain((last as MailError).code);
  });
});

describe('commands', () => {
  it('reads tag, name and arguments with literals of all kinds', async () => {
    const wire =
      'a1 login {4}\r\nuser "p w"\r\nA.2 UID FETCH 1:* (BODY.PEEK[]<0.100> FLAGS)\r\n3 APPEND x () {2+}\r\nhi\r\n4 NOOP\n';
    const admitted: unknown[] = [];
    const read = await readAll('commands', wire, {
      admit: (place) => void admitted.push([place.name, place.size, place.synchronising]),
    });
    expect(admitted).toEqual([
      ['LOGIN', 4, true],
      ['APPEND', 2, false],
    ]);
    expect(read).toEqual([
      { tag: 'a1', name: 'LOGIN', items: [literal('user'), quoted('p w')] },
      {
        tag: 'A.2',
        name: 'UID',
        items: [
          atom('FETCH'),
          atom('1:*'),
          list({ kind: 'section', name: 'BODY.PEEK', items: [], origin: 0, length: 100 }, atom('FLAGS')),
        ],
      },
      { tag: '3', name: 'APPEND', items: [atom('x'), list(), literal('hi')] },
      { tag: '4', name: 'NOOP', items: [] },
    ]);
  });

  it('answers a broken command with its tag and goes on at the next', async () => {
    const wire =
      'a1 FOO ))) {5+}\r\nb LOG {2+}\r\nxx\r\na2 LIST "unclosed\r\na3 LIST (\r\n\r\na4 X {3000000+}\r\n' +
      `${'z'.repeat(3_000_000)}\r\na5 NOOP\r\n`;
    const reader = new CommandReader(chunked(Buffer.from(wire), [997]));
    const got: unknown[] = [];
    for (let count = 0; count < 6; count += 1) {
      got.push(await reader.next().catch((error: MailError) => [error.code, error.fields.tag]));
    }
    expect(got).toEqual([
      ['client-confused', 'a1'],
      ['client-confused', 'a2'],
      ['client-confused', 'a3'],
      ['client-confused', undefined],
      ['client-confused', 'a4'],
      { tag: 'a5', name: 'NOOP', items: [] },
    ]);
  });

  it('refuses a literal before it comes, or passes over one that comes regardless', async () => {
    const wire = 'a1 APPEND x {9}\r\na2 APPEND x {9+}\r\n123456789\r\na3 NOOP\r\n';
    const tooBig = new MailError('too big', { code: 'server-refused' });
    const reader = new CommandReader(chunked(Buffer.from(wire), [3]), {
      admit: () => {
        throw tooBig;
      },
    });
    await expect(reader.next()).rejects.toBe(tooBig);
    await expect(reader.next()).rejects.toBe(tooBig);
    expect(await reader.next()).toEqual({ tag: 'a3', name: 'NOOP', items: [] });
  });

  it('keeps secrets out of its errors', async () => {
    const [error] = await readAll('commands', 'a1 LOGIN user "hunter2\r\n');
    expect(JSON.stringify([(error as MailError).message, (error as MailError).fields])).not.toContain(
      'hunter2',
    );
  });
});

describe('any chunking', () => {
  const items = fc.letrec((tie) => ({
    item: fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9\\$*:,.]{1,8}$/),
      fc.string().map((text) => `"${text.replace(/[^ -~]|["\\]/g, '')}"`),
      fc
        .uint8Array({ maxLength: 40 })
        .map((bytes) => `{${bytes.length}}\r\n${Buffer.from(bytes).toString('latin1')}`),
      fc.array(tie('item'), { maxLength: 4 }).map((inner) => `(${inner.join(' ')})`),
      fc.array(tie('item'), { maxLength: 2 }).map((inner) => `BODY[${inner.join(' ')}]<7>`),
    ),
  })).item as fc.Arbitrary<string>;

  it('gives the same responses', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(items, { maxLength: 5 }), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        async (lines, sizes) => {
          const wire = Buffer.from(lines.map((line) => `* 5 FETCH ${line.join(' ')}\r\n`).join(''), 'latin1');
          const whole = await readAll('responses', wire);
          expect(whole).toHaveLength(lines.length);
          expect(await readAll('responses', wire, { sizes })).toEqual(whole);
        },
      ),
    );
  });

  it('meets garbage with a MailError and nothing else', async () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '"',
      '{3}\r\n',
      '{2+}\r\n',
      '\r\n',
      '* ',
      'a ',
      '\\',
      'BODY[',
      ']',
      '<1>',
      '+ ',
      '\0',
      'OK [',
      '1 ',
    );
    const garbage = fc
      .array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 })
      .map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(
        garbage,
        fc.constantFrom('responses' as const, 'commands' as const),
        async (text, side) => {
          const whole = await readAll(side, text);
          const errors = whole.filter((one) => one instanceof Error);
          const confusion = side === 'responses' ? 'server-confused' : 'client-confused';
          for (const error of errors)
            expect([confusion, 'session-lost']).toContain((error as MailError).code);
          expect(await readAll(side, text, { sizes: [1] })).toEqual(whole);
        },
      ),
      { numRuns: 500 },
    );
  });
});
