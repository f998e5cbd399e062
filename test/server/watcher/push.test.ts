import { request } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import { WatchError } from '../../../src/server/watcher/errors.ts';
import { listenForPushes, type PushOptions } from '../../../src/server/watcher/push/listener.ts';
import { ada, played, told, until } from './room.ts';

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const good = basic('dove', 's3cret');

/** As Dovecot 2.3.19 sends it. */
const push = {
  user: 'ada',
  event: 'messageNew',
  folder: 'INBOX',
  'imap-uidvalidity': 1795636787,
  'imap-uid': 1,
  from: 'grace@example.org',
  subject: 'Confidential subject',
  snippet: 'Confidential text',
  unseen: 1,
};
const json = JSON.stringify(push);

async function listening(more: Partial<PushOptions> = {}) {
  const [looks, logged] = [[] as string[], [] as string[]];
  const listener = await listenForPushes({
    host: '127.0.0.1',
    port: 0,
    path: '/dovecot',
    user: 'dove',
    password: 's3cret',
    look: (user, mailbox) => {
      if (user !== 'ada') throw new WatchError(`${user}: not watched`, { code: 'unknown-mailbox' });
      looks.push(`${user} ${mailbox}`);
    },
    log: createLog('debug', { write: (line: string) => void logged.push(line) }),
    ...more,
  });
  onTestFinished(() => listener[Symbol.asyncDispose]());
  return { port: listener.port, looks, logged };
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly authorization?: string | undefined;
  readonly body?: string;
  /** Without a Content-Length. */
  readonly chunked?: boolean;
}

function send(port: number, sent: Sent = {}): Promise<{ status: number; allow?: string }> {
  const { method = 'PUT', path = '/dovecot', body = json, chunked = false } = sent;
  const authorization = 'authorization' in sent ? sent.authorization : good;
  const headers = {
    ...(authorization !== undefined && { authorization }),
    ...(!chunked && { 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const out = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      const { allow } = response.headers;
      response.resume();
      response.on('error', () => {});
      resolve({ status: response.statusCode ?? 0, ...(allow !== undefined && { allow }) });
    });
    out.on('error', reject);
    if (chunked) out.write(body);
    out.end(chunked ? undefined : body);
  });
}

test("Dovecot's push leads to a look, and nothing of the mail in it reaches the log", async () => {
  const at = await listening();
  expect(await send(at.port)).toEqual({ status: 204 });
  expect(await send(at.port, { method: 'POST', chunked: true })).toEqual({ status: 204 });
  expect(at.looks).toEqual(['ada INBOX', 'ada INBOX']);
  expect(at.logged.join()).not.toMatch(/grace|Confidential/);
});

const LONG = JSON.stringify({ ...push, snippet: 'x'.repeat(64 * 1024) });
const abuse: [string, Sent, object][] = [
  ['no password', { authorization: undefined }, { status: 401 }],
  ['a wrong password', { authorization: basic('dove', 'wrong') }, { status: 401 }],
  ['a wrong user', { authorization: basic('ada', 's3cret') }, { status: 401 }],
  ['a password that only begins right', { authorization: basic('dove', 's3cret2') }, { status: 401 }],
  ['another scheme', { authorization: good.replace('Basic', 'Bearer') }, { status: 401 }],
  ['no Base64', { authorization: 'Basic ****' }, { status: 401 }],
  ['a wrong password and a wrong path', { authorization: 'Basic', path: '/x' }, { status: 401 }],
  ['another path', { path: '/other' }, { status: 404 }],
  ['a path with more', { path: '/dovecot/../etc' }, { status: 404 }],
  ['GET', { method: 'GET', body: '' }, { status: 405, allow: 'PUT, POST' }],
  ['DELETE', { method: 'DELETE' }, { status: 405, allow: 'PUT, POST' }],
  ['a body over 64 kB', { body: LONG }, { status: 413 }],
  ['a body over 64 kB of unknown length', { body: LONG, chunked: true }, { status: 413 }],
  ['no JSON', { body: '{"user":"ada"' }, { status: 400 }],
  ['an empty body', { body: '' }, { status: 400 }],
  ['JSON of another shape', { body: '[1,2]' }, { status: 400 }],
  ['a user that is no text', { body: JSON.stringify({ ...push, user: { $ne: '' } }) }, { status: 400 }],
  ['a folder name of 2 kB', { body: JSON.stringify({ ...push, folder: 'x'.repeat(2000) }) }, { status: 400 }],
  ['a user that is not watched', { body: JSON.stringify({ ...push, user: 'eve' }) }, { status: 404 }],
];

test.each(abuse)('a push is refused, rings nobody and is in the log: %s', async (_, sent, answer) => {
  const at = await listening();
  expect(await send(at.port, sent)).toEqual(answer);
  expect(at.looks).toEqual([]);
  expect(at.logged).toHaveLength(1);
  expect(at.logged.join()).not.toMatch(/s3cret|wrong"|grace|Confidential/);
  expect(await send(at.port)).toEqual({ status: 204 });
});

test('another event than new mail is taken and rings nobody', async () => {
  const at = await listening();
  expect(await send(at.port, { body: JSON.stringify({ ...push, event: 'FlagsSet' }) })).toEqual({
    status: 204,
  });
  expect(at.looks).toEqual([]);
});

test.each([
  ['the header', 'PUT /dovecot HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ['the body', `PUT /dovecot HTTP/1.1\r\nHost: x\r\nAuthorization: ${good}\r\nContent-Length: 500\r\n\r\n{`],
])('who sends %s drop by drop is cut off, and others are served meanwhile', async (_, beginning) => {
  const at = await listening({ limits: { headersMs: 200, requestMs: 300, checkMs: 50 } });
  const socket = connect(at.port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.resume();
  socket.write(beginning);
  const drops = setInterval(() => socket.write('x'), 20);
  expect(await send(at.port)).toEqual({ status: 204 });
  await closed;
  clearInterval(drops);
  expect(at.looks).toEqual(['ada INBOX']);
  expect(at.logged.length).toBeGreaterThan(0);
});

test('more connections than there is room for are turned away, and said', async () => {
  const at = await listening({ limits: { connections: 1 } });
  const held = connect(at.port, '127.0.0.1');
  onTestFinished(() => void held.destroy());
  await new Promise<void>((resolve) => held.once('connect', () => resolve()));
  await expect(send(at.port)).rejects.toThrow();
  await until(() => expect(at.logged.join()).toContain('More than 1 connections'));
});

test('a port that is taken is an error by name', async () => {
  const { port } = await listening();
  await expect(listening({ port })).rejects.toMatchObject({ code: 'push-listen' });
});

test('a push makes a watcher without IDLE look, and mail is told', async () => {
  const at = await played(undefined, { users: [ada], policy: { idle: false } });
  await until(() => expect(at.imap.commands.length > 0 && at.imap.connections === 0).toBe(true));
  const { port } = await listening({ look: (user, mailbox) => at.watcher.look(user, mailbox) });
  at.imap.arrive(9);
  expect(await send(port)).toEqual({ status: 204 });
  await told(at, { mailbox: 'INBOX', uidnext: 2, count: 1, size: 9 });
});
