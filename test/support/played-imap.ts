import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { makeCertificate } from './mail-server.ts';

export interface PlayedMailbox {
  uidvalidity: number | string;
  uidnext: number | string;
  /** UID and size of each message. */
  messages: [number, number][];
  readonly annotations: Map<string, string>;
}

/** Instead of the usual answer, text (`TAG` stands for the tag); undefined: the usual one; null: none, the connection ends. */
type Twist = (verb: string, line: string) => string | undefined | null;

/** An IMAP server that a test plays: what it says may be nonsense. */
export class PlayedImap implements AsyncDisposable {
  capabilities = 'IMAP4rev1 IDLE NOTIFY METADATA UNSELECT';
  password = 'secret';
  twist: Twist = () => undefined;
  readonly mailboxes = new Map<string, PlayedMailbox>();
  /** Verb and arguments of each command, logging in left out. */
  readonly commands: string[] = [];
  logins = 0;
  readonly ca: string;
  readonly #connections = new Map<TLSSocket, { open?: string; idle?: string; notified: boolean }>();
  readonly #server;

  private constructor(tls: { key: string; cert: string }) {
    this.ca = tls.cert;
    this.#server = createServer(tls, (socket) => {
      // A client that goes in the middle of a line has gone, no more.
      this.#serve(socket).catch(() => socket.destroy());
    });
  }

  static async start(): Promise<PlayedImap> {
    const played = new PlayedImap(await makeCertificate());
    await new Promise<void>((resolve) => played.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => played[Symbol.asyncDispose]());
    return played;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#connections.size;
  }

  get idling(): number {
    return [...this.#connections.values()].filter(({ idle }) => idle).length;
  }

  offer(capabilities: string): void {
    this.capabilities = capabilities;
  }

  expectPassword(password: string): void {
    this.password = password;
  }

  box(name = 'INBOX'): PlayedMailbox {
    const known = this.mailboxes.get(name);
    if (known) return known;
    const made = { uidvalidity: 7, uidnext: 1, messages: [], annotations: new Map() };
    this.mailboxes.set(name, made);
    return made;
  }

  /** Mail comes, and whoever listens is told, unless `quietly`. */
  arrive(size = 100, name = 'INBOX', quietly = false): void {
    const box = this.box(name);
    const uid = Number(box.uidnext);
    box.messages.push([uid, size]);
    box.uidnext = uid + 1;
    if (quietly) return;
    for (const [socket, { open, idle, notified }] of this.#connections) {
      if (!idle) continue;
      if (notified) socket.write(`* STATUS ${name} (MESSAGES ${box.messages.length} UIDNEXT ${uid + 1})\r\n`);
      else if (open === name) socket.write(`* ${box.messages.length} EXISTS\r\n`);
    }
  }

  /** The connections are gone; new ones are taken. */
  drop(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.drop();
    await closed;
  }

  async #serve(socket: TLSSocket): Promise<void> {
    this.#connections.set(socket, { notified: false });
    socket.on('error', () => {});
    socket.on('close', () => this.#connections.delete(socket));
    socket.write(`* OK [CAPABILITY ${this.capabilities}] hello\r\n`);
    for await (const line of createInterface({ input: socket })) {
      const said = this.#answer(socket, line);
      if (said === null) socket.destroy();
      else socket.write(said);
    }
  }

  #answer(socket: TLSSocket, line: string): string | null {
    const state = this.#connections.get(socket) ?? { notified: false };
    if (line === 'DONE') {
      const tag = state.idle;
      delete state.idle;
      return `${tag} OK\r\n`;
    }
    const [tag = '', ...words] = line.split(' ');
    const verb = (words[0] === 'UID' ? `UID ${words[1]}` : (words[0] ?? '')).toUpperCase();
    const command = words.join(' ');
    if (verb !== 'LOGIN') this.commands.push(command);
    const twisted = this.twist(verb, command);
    if (twisted !== undefined) return twisted?.replaceAll('TAG', tag) ?? null;
    if (verb === 'IDLE') {
      state.idle = tag;
      return '+ go\r\n';
    }
    if (verb === 'NOTIFY') state.notified = true;
    if (verb === 'CLOSE') delete state.open;
    const name = /"([^"]*)"/.exec(command)?.[1] ?? words[1] ?? '';
    if (verb === 'EXAMINE') state.open = name;
    if (verb === 'LOGIN') return this.#login(tag, command);
    return `${this.#untagged(verb, command, verb === 'UID FETCH' ? (state.open ?? '') : name)}${tag} OK done\r\n`;
  }

  #login(tag: string, command: string): string {
    this.logins += 1;
    if (!command.includes(this.password)) return `${tag} NO [AUTHENTICATIONFAILED] no\r\n`;
    return `${tag} OK [CAPABILITY ${this.capabilities}] in\r\n`;
  }

  #untagged(verb: string, command: string, name: string): string {
    const box = this.mailboxes.get(name) ?? this.box();
    const { uidvalidity, uidnext, messages, annotations } = box;
    if (verb === 'CAPABILITY') return `* CAPABILITY ${this.capabilities}\r\n`;
    if (verb === 'STATUS')
      return `* STATUS ${name} (UIDVALIDITY ${uidvalidity} UIDNEXT ${uidnext} MESSAGES ${messages.length})\r\n`;
    if (verb === 'EXAMINE')
      return `* ${messages.length} EXISTS\r\n* OK [UIDVALIDITY ${uidvalidity}] v\r\n* OK [UIDNEXT ${uidnext}] n\r\n`;
    if (verb === 'UID FETCH') {
      const from = Number(/FETCH (\d+)/.exec(command)?.[1]);
      const rows = messages
        .map(([uid, size], at) => ({ uid, size, seq: at + 1 }))
        .filter(({ uid }) => uid >= from);
      return rows.map(({ uid, size, seq }) => `* ${seq} FETCH (UID ${uid} RFC822.SIZE ${size})\r\n`).join('');
    }
    if (verb === 'GETMETADATA') {
      const list = [...annotations].map(([entry, value]) => `${entry} "${value}"`);
      return list.length > 0 ? `* METADATA ${name} (${list.join(' ')})\r\n` : '';
    }
    if (verb === 'SETMETADATA') {
      for (const [, entry = '', value] of command.matchAll(/"(\/[^"]*)" (?:"([^"]*)"|NIL)/g)) {
        if (value === undefined) annotations.delete(entry);
        else annotations.set(entry, value);
      }
    }
    return '';
  }
}
