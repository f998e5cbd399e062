import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serveControl } from '../../src/base/control.ts';
import { silentLog } from '../../src/base/log.ts';
import { wantedBy } from '../../src/cli/commands/fetch.ts';
import { ringpost } from '../support/ringpost.ts';
import { temporaryDirectory } from '../support/room.ts';

const FILE = '1770000000.M1P2.pi,U=7.inbox.12,S=90000';

test.each([
  [[], { which: 'all' }],
  [['INBOX'], { mailbox: 'INBOX', which: 'all' }],
  [['Lists/pi', '<a@b.example>'], { mailbox: 'Lists/pi', which: ['<a@b.example>'] }],
  [['a$1@b.example'], { which: ['<a$1@b.example>'] }],
  [['<odd>', 'c@d.example'], { which: ['<odd>', '<c@d.example>'] }],
  [[`/home/ada/Mail/cur/${FILE}:2,S`], { which: [FILE] }],
  [[`./${FILE}`, `cur/${FILE}:2,`], { which: [FILE, FILE] }],
  [['INBOX', `.Work/new/${FILE}`], { mailbox: 'INBOX', which: [FILE] }],
])('ringpost fetch %j', (words, wanted) => {
  expect(wantedBy(words)).toEqual(wanted);
});

test.each([[['INBOX', 'Work']], [['<a@b.example>', 'INBOX']]])(
  'ringpost fetch %j names no message',
  (words) => {
    expect(() => wantedBy(words)).toThrow(/expected a Message-ID, or the path/);
  },
);

test('it asks the running agent, shows its steps, and says what the session came to', async () => {
  const room = await temporaryDirectory();
  const socket = join(room, 'agent.sock');
  const asked: unknown[] = [];
  const cost = { seconds: 4, bytesUp: 900, bytesDown: 90_000, roundTrips: 3 };
  const record = {
    cause: 'user',
    result: 'partial',
    reason: 'INBOX: no such message',
    fetched: 0,
    fetchedBytes: 0,
    cost,
  };
  const handlers = {
    fetch: async (args: unknown, reply: (progress: unknown) => void) => {
      asked.push(args);
      reply({ name: 'data-session', text: 'dialling' });
      return record;
    },
  };
  const server = await serveControl(socket, handlers, { log: silentLog });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const config = join(room, 'device.toml');
  const example = await readFile('fixtures/device.toml', 'utf8');
  await writeFile(
    config,
    `socket = "${socket}"\nstate = "${room}"\n${example.replace(/^(socket|state) =.*$/gm, '')}`,
    { mode: 0o600 },
  );
  const ended = await ringpost('fetch', '-c', config, 'INBOX', '<a@b.example>');
  expect(ended.out).toContain('partly in step');
  expect(ended.out).toContain('INBOX: no such message');
  expect(ended.err).toContain('dialling');
  expect(ended.code).toBe(1);
  expect(asked).toEqual([{ mailbox: 'INBOX', which: ['<a@b.example>'] }]);
});
