import { type Duplex, duplexPair } from 'node:stream';
import { createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import { constants, createDeflateRaw } from 'node:zlib';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { inflated } from '../../../src/mail/imap/connection/deflate.ts';
import { imapSession } from '../../../src/mail/imap/open-session.ts';
import type { SessionOptions } from '../../../src/mail/imap/opened.ts';
import type { MailSession } from '../../../src/mail/session.ts';
import { temporaryDirectory } from '../../support/room.ts';

export const FULL =
  'IMAP4rev1 LITERAL+ SASL-IR ENABLE CONDSTORE QRESYNC UIDPLUS ESEARCH COMPRESS=DEFLATE AUTH=PLAIN';

/** What the server says to a command: text (CRLF and all, tag included), or bytes; undefined: nothing. */
export type Answer = string | Buffer | AsyncIterable<Buffer> | undefined;
/** `verb` in upper case, `line` without tag; a literal is part of the line. */
export type Script = (command: { tag: string; verb: string; line: string }) => Answer;

export interface ScriptedOptions {
  readonly script?: Script;
  readonly capabilities?: string;
  readonly greeting?: string;
  /** Answers what comes before the greeting; else the greeting comes first and earlier commands are dropped. */
  readonly early?: boolean;
  /** Ends the connection after so many pieces (greeting, answers) were sent. */
  readonly dropAfter?: number;
  /** Hangs up when several commands come at once. */
  readonly takesOneByOne?: boolean;
  readonly starttls?: boolean;
  readonly clock?: SimulatedClock;
}

let made: Promise<SecureContextOptions & { cert: string }> | undefined;

/** A certificate for `mail.example`, made once. */
export function certificate(): Promise<SecureContextOptions & { cert: string }> {
  made ??= generate([{ name: 'commonName', value: 'mail.example' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'mail.example' }] }],
  }).then(({ private: key, cert }) => ({ key, cert }));
  return made;
}

/** A server end that answers by a script, over TLS in memory; each connection is a new one. */
export class ScriptedServer {
  /** What the client sent, as it arrived: one element for each TLS write. */
  readonly flights: string[] = [];
  readonly connections: Duplex[] = [];
  options: ScriptedOptions;
  readonly #tls: SecureContextOptions;
  #context: SecureContext;
  sent = 0;

  constructor(options: ScriptedOptions, tls: SecureContextOptions) {
    this.options = options;
    this.#tls = tls;
    this.#context = createSecureContext(tls);
  }

  /** Forgets the keys of all tickets, as a server does that is started anew. */
  restart(more: SecureContextOptions = {}): void {
    this.#context = createSecureContext({ ...this.#tls, ...more });
  }

  readonly connect = (): Duplex => {
    const [near, far] = duplexPair();
    this.connections.push(far);
    far.on('error', () => {});
    void this.#serve(far).catch(() => far.destroy());
    setImmediate(() => near.emit('connect'));
    return near;
  };

  #say(to: Duplex, text: string | Buffer): boolean {
    this.sent += 1;
    to.write(text);
    return this.sent !== this.options.dropAfter;
  }

  async #serve(far: Duplex): Promise<void> {
    const { starttls = false, greeting = '* OK hello\r\n' } = this.options;
    let stream: Duplex = far;
    if (starttls) {
      if (!this.#say(far, greeting)) return void far.end();
      for await (const chunk of far.iterator({ destroyOnReturn: false })) {
        const [tag] = String(chunk).split(' ');
        this.flights.push(String(chunk));
        far.write(`${tag} OK begin\r\n`);
        break;
      }
    }
    stream = new TLSSocket(far, { isServer: true, secureContext: this.#context });
    stream.on('error', () => far.destroy());
    await this.#talk(stream, starttls ? undefined : greeting);
    await new Promise<void>((resolve) => stream.end(() => resolve()));
    far.end();
  }

  async #talk(stream: Duplex, greeting: string | undefined): Promise<void> {
    let out: Duplex = stream;
    let source: AsyncIterable<Uint8Array> = stream;
    let greeted = greeting === undefined;
    if (greeting && !this.options.early) {
      await new Promise<void>((resolve) => stream.once('secure', () => resolve()));
      greeted = true;
      if (!this.#say(stream, greeting)) return;
    }
    let rest = '';
    const iterator = () => (source === stream ? stream.iterator({ destroyOnReturn: false }) : source);
    for (let again = true; again; ) {
      again = false;
      for await (const chunk of iterator() as AsyncIterable<Buffer>) {
        this.flights.push(chunk.toString('latin1'));
        if (!greeted) {
          greeted = true;
          if (!this.#say(stream, greeting as string)) return;
        }
        rest += chunk.toString('latin1');
        const taken = takeCommands(rest);
        rest = taken.rest;
        if (this.options.takesOneByOne && taken.commands.length > 1) return;
        if (taken.waiting) out.write('+ go on\r\n');
        for (const command of taken.commands) {
          const answer = this.#answer(command);
          if (answer === undefined) continue;
          if (typeof answer !== 'string' && !Buffer.isBuffer(answer)) {
            for await (const piece of answer)
              if (!out.write(piece)) await new Promise((r) => out.once('drain', r));
          } else if (!this.#say(out, answer)) return;
          if (command.verb === 'LOGOUT') {
            if (out !== stream) await new Promise<void>((resolve) => out.end(() => setImmediate(resolve)));
            return;
          }
          if (command.verb === 'COMPRESS' && String(answer).includes(' OK')) {
            out = compressor(stream);
            source = inflated(Buffer.alloc(0), stream.iterator({ destroyOnReturn: false }));
            again = true;
          }
        }
        if (again) break;
      }
    }
  }

  #answer(command: { tag: string; verb: string; line: string }): Answer {
    const scripted = this.options.script?.(command);
    return scripted === undefined ? usual(command, this.options.capabilities ?? FULL) : scripted || undefined;
  }
}

function compressor(stream: Duplex): Duplex {
  const deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
  deflate.pipe(stream, { end: false });
  return deflate;
}

interface Taken {
  readonly commands: { tag: string; verb: string; line: string }[];
  readonly rest: string;
  /** The client waits for `+`. */
  readonly waiting: boolean;
}

function takeCommands(text: string): Taken {
  const commands = [];
  let rest = text;
  for (;;) {
    const match = /^((?:[^\r]|\r(?!\n))*?)(?:\{(\d+)(\+?)\})?\r\n/.exec(rest);
    if (!match) return { commands, rest, waiting: false };
    let line = match[1] ?? '';
    let from = match[0].length;
    if (match[2] !== undefined) {
      const end = from + Number(match[2]);
      if (rest.length < end) return { commands, rest, waiting: match[3] === '' && rest.length === from };
      const tail = /^([^\r]*)\r\n/.exec(rest.slice(end));
      if (!tail) return { commands, rest, waiting: false };
      line += rest.slice(from, end) + tail[1];
      from = end + tail[0].length;
    }
    rest = rest.slice(from);
    const [tag = '', verb = '', second = ''] = line.split(' ');
    const name = verb.toUpperCase() === 'UID' ? `UID ${second.toUpperCase()}` : verb.toUpperCase();
    commands.push({ tag, verb: name, line: line.slice(tag.length + 1) });
  }
}

/** A mailbox with UIDs 1 to 3 and nothing new. */
function usual({ tag, verb }: { tag: string; verb: string }, capabilities: string): string {
  const offers = (name: string) => ` ${capabilities} `.includes(` ${name} `);
  switch (verb) {
    case 'CAPABILITY':
      return `* CAPABILITY ${capabilities}\r\n${tag} OK done\r\n`;
    case 'LOGIN':
    case 'AUTHENTICATE':
      return `${tag} OK logged in\r\n`;
    case 'ENABLE':
      return offers('ENABLE') ? `* ENABLED QRESYNC\r\n${tag} OK\r\n` : `${tag} BAD what?\r\n`;
    case 'SELECT':
      return `* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n${
        offers('CONDSTORE') ? '* OK [HIGHESTMODSEQ 90] x\r\n' : ''
      }${tag} OK [READ-WRITE] selected\r\n`;
    case 'LOGOUT':
      return `* BYE see you\r\n${tag} OK\r\n`;
    default:
      return `${tag} OK nothing\r\n`;
  }
}

export interface Room {
  readonly server: ScriptedServer;
  readonly clock: SimulatedClock;
  readonly profilePath: string;
  readonly options: SessionOptions;
  open(more?: Partial<SessionOptions>): Promise<MailSession>;
}

/** A scripted server, a place for the profile, and a client for it. */
export async function room(
  options: ScriptedOptions = {},
  client: Partial<SessionOptions> = {},
): Promise<Room> {
  const tls = await certificate();
  const server = new ScriptedServer(options, tls);
  const clock = options.clock ?? new SimulatedClock(Date.now());
  const profilePath = `${await temporaryDirectory()}/server.json`;
  const mode = options.starttls ? 'starttls' : 'implicit';
  const account = {
    host: 'mail.example',
    port: 993,
    user: 'ada',
    password: 'hunter "2"',
    tls: { mode, ca: tls.cert },
  } as const;
  const all = {
    account,
    connect: server.connect,
    profilePath,
    clock,
    log: silentLog,
    probeEarly: options.early === true,
    farewell: 'logout' as const,
    ...client,
  };
  const sessions: MailSession[] = [];
  onTestFinished(async () => {
    for (const session of sessions) await session[Symbol.asyncDispose]();
    for (const connection of server.connections) connection.destroy();
  });
  const open = async (more: Partial<SessionOptions> = {}) => {
    const session = await imapSession({ ...all, ...more })(new AbortController().signal);
    sessions.push(session);
    return session;
  };
  return { server, clock, profilePath, options: all, open };
}

/** Opens a session by asking and closes it, so that the server is remembered. */
export async function learn({ open, server }: Room): Promise<void> {
  const session = await open();
  await session.logout();
  server.flights.length = 0;
  server.sent = 0;
}
