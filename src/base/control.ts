import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import {
  connectSocket,
  jsonLines,
  lineOf,
  MAX_ANSWER_BYTES,
  MAX_REQUEST_BYTES,
  writeLine,
} from './control-wire.ts';
import { asError, codeOf, RingpostError } from './errors.ts';
import { nodeFiles } from './files.ts';
import type { Log } from './log.ts';

/**
 * What went wrong between a command and the running agent. Codes: `no-agent`, `agent-running`, `bad-request`,
 * `agent-lost` (temporary), `agent-confused`, `caller-gone`; else the code of the error that the handler threw.
 */
export class ControlError extends RingpostError {}

/** Tells the caller how far the work is, before its result. */
export type Reply = (progress: unknown) => void;

export type ControlHandler = (args: unknown, reply: Reply, signal: AbortSignal) => Promise<unknown>;

export type ControlHandlers = Readonly<Record<string, ControlHandler>>;

/** A served socket; disposing closes it and its file. */
export type ControlServer = AsyncDisposable;

/** More callers than this at once are turned away. */
const MAX_CALLERS = 16;

const request = z.object({ call: z.string().min(1).max(64), args: z.unknown().optional() });

/**
 * Serves commands on a Unix socket, mode 0600: one JSON object a line, `{call, args}` from the caller, then any
 * number of `{progress}` and one `{result}` or `{error}`; one call for each connection. A file left by a crash is taken over when nobody
 * answers there; throws ControlError `agent-running` when somebody does. The signal closes it. A handler's own
 * signal fires when its caller goes away.
 */
export async function serveControl(
  path: string,
  handlers: ControlHandlers,
  { log }: { log: Log },
  signal?: AbortSignal,
): Promise<ControlServer> {
  signal?.throwIfAborted();
  await nodeFiles.makeDirectory(dirname(path));
  await takeOver(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', (error) => log.debug({ err: error }, 'control: a caller went away'));
    if (sockets.size > MAX_CALLERS) socket.destroy();
    else answer(socket, handlers, log).catch((error: unknown) => log.warn({ err: error }, 'control failed'));
  });
  await listen(server, path);
  const close = () => closeAll(server, sockets);
  const onAbort = () => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener('abort', onAbort);
      await close();
    },
  };
}

async function answer(socket: Socket, handlers: ControlHandlers, log: Log): Promise<void> {
  const gone = new AbortController();
  const running: Promise<void>[] = [];
  try {
    // Reading goes on while the handler works, or nobody would notice that the caller went away.
    for await (const line of jsonLines(socket, MAX_REQUEST_BYTES)) {
      if (running.length > 0) throw badRequest('one call for each connection');
      const call = run(socket, parseRequest(line), handlers, gone.signal);
      running.push(call.catch((error: unknown) => fail(socket, error, log)));
    }
  } catch (error) {
    fail(socket, error, log);
  } finally {
    gone.abort(new ControlError('the caller of a control command went away', { code: 'caller-gone' }));
    await Promise.all(running);
    socket.destroySoon();
  }
}

function fail(socket: Socket, error: unknown, log: Log): void {
  log.debug({ err: error }, 'control: a call failed');
  if (socket.writable) socket.end(lineOf({ error: describe(error) }));
}

async function run(
  socket: Socket,
  { call, args }: z.infer<typeof request>,
  handlers: ControlHandlers,
  signal: AbortSignal,
): Promise<void> {
  const handler = Object.hasOwn(handlers, call) ? handlers[call] : undefined;
  if (!handler) throw badRequest(`"${call}" is no command of this agent`);
  const result = await handler(args, (progress) => writeLine(socket, { progress }), signal);
  if (socket.writable) socket.end(lineOf({ result: result ?? null }));
}

function parseRequest(line: unknown): z.infer<typeof request> {
  const result = request.safeParse(line);
  if (result.success) return result.data;
  throw badRequest('expected {"call": name, "args": …}');
}

function badRequest(what: string): ControlError {
  return new ControlError(`control request: ${what}`, { code: 'bad-request' });
}

function describe(error: unknown): { code: string; message: string; temporary: boolean } {
  const temporary = error instanceof RingpostError && error.temporary;
  return { code: codeOf(error) ?? 'failed', message: asError(error).message, temporary };
}

async function takeOver(path: string): Promise<void> {
  const socket = await connectSocket(path).catch((error: unknown) => {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return code;
    throw error;
  });
  if (socket === 'ENOENT') return;
  if (socket === 'ECONNREFUSED') return unlink(path);
  socket.destroy();
  throw new ControlError(`${path}: another agent answers there`, { code: 'agent-running', fields: { path } });
}

async function listen(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening');
  // The socket is bound within this call, with the mode that the umask leaves: there is no open moment.
  const before = process.umask(0o177);
  server.listen(path);
  process.umask(before);
  await listening;
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}

const answerLine = z.union([
  z.object({ progress: z.unknown() }).strict(),
  z.object({ result: z.unknown() }).strict(),
  z.object({
    error: z.object({ code: z.string(), message: z.string(), temporary: z.boolean() }),
  }),
]);

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: unknown) => void;
}

/**
 * Calls a command of the agent that serves `path` and resolves with its result. Throws ControlError:
 * `no-agent` when none runs there, the code that the agent gave when the command failed, the signal's reason
 * when it fires first. The agent decides how long a command takes: hand in a signal where that matters.
 */
export async function callControl(
  path: string,
  call: string,
  args: unknown,
  { signal, onProgress }: CallOptions = {},
): Promise<unknown> {
  signal?.throwIfAborted();
  const socket = await connectToAgent(path);
  const onAbort = () => socket.destroy(asError(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    writeLine(socket, { call, args });
    for await (const line of jsonLines(socket, MAX_ANSWER_BYTES)) {
      const answered = parseAnswer(path, line);
      if ('result' in answered) return answered.result;
      if ('error' in answered) throw new ControlError(answered.error.message, answered.error);
      onProgress?.(answered.progress);
    }
    throw new ControlError(`${path}: the agent went away before it answered "${call}"`, {
      code: 'agent-lost',
      temporary: true,
    });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

async function connectToAgent(path: string): Promise<Socket> {
  return connectSocket(path).catch((cause: unknown) => {
    const code = codeOf(cause);
    const nobody = code === 'ENOENT' || code === 'ECONNREFUSED';
    const problem = nobody ? 'no agent runs there' : `the agent cannot be reached (${code})`;
    throw new ControlError(`${path}: ${problem}`, {
      code: nobody ? 'no-agent' : 'agent-lost',
      fields: { path },
      cause,
    });
  });
}

function parseAnswer(path: string, line: unknown): z.infer<typeof answerLine> {
  const result = answerLine.safeParse(line);
  if (result.success) return result.data;
  throw new ControlError(`${path}: what answers there is not the agent`, { code: 'agent-confused' });
}
