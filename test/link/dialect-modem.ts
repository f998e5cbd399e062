import { connect, type Socket } from 'node:net';
import type { FarEnd } from '../../src/modem/memory-line.ts';

interface Bridge {
  readonly socket: Socket;
  readonly chunks: Buffer[];
  announced: boolean;
  over: boolean;
}

/** What this modem does differently from the application note, and how it fails. */
export interface Quirks {
  /** Tells results before its OK, as some firmwares do. */
  resultFirst?: boolean;
  /** Echoes commands and data. */
  echo?: boolean;
  /** How many sends are answered `+CIPERROR: 8` first. */
  busy?: number;
  /** Takes only so many bytes of a send. */
  takes?: number;
  /** The network is open already. */
  open?: boolean;
  /** Says OK to AT+NETOPEN, and nothing more. */
  undecided?: boolean;
  /** Code of +NETOPEN. */
  netopen?: number;
}

/**
 * The sockets part of a SIM7600, bridging to real TCP on this machine. Written from the "A7600 Series TCPIP Application
 * Note", with nothing shared with what it tests.
 */
export class DialectModem {
  readonly far: FarEnd;
  readonly commands: string[] = [];
  readonly quirks: Quirks;
  readonly bridges = new Map<number, Bridge>();
  #input = Buffer.alloc(0);
  #open: boolean;
  #sending: { id: number; length: number } | undefined;

  constructor(far: FarEnd, quirks: Quirks = {}) {
    this.far = far;
    this.quirks = quirks;
    this.#open = quirks.open ?? false;
    far.onData((bytes) => this.#take(bytes));
  }

  say(...lines: string[]): void {
    this.far.write(Buffer.from(lines.map((line) => `\r\n${line}\r\n`).join(''), 'latin1'));
  }

  /** How many commands with this beginning have come. */
  count(start: string): number {
    return this.commands.filter((command) => command.startsWith(start)).length;
  }

  #take(bytes: Uint8Array): void {
    if (this.quirks.echo) this.far.write(bytes);
    this.#input = Buffer.concat([this.#input, bytes]);
    while (this.#step());
  }

  #step(): boolean {
    if (this.#sending) return this.#takeData(this.#sending);
    const end = this.#input.indexOf('\r');
    if (end === -1) return false;
    const command = this.#input.subarray(0, end).toString('latin1');
    this.#input = this.#input.subarray(end + 1);
    this.commands.push(command);
    this.#run(command);
    return true;
  }

  #takeData({ id, length }: { id: number; length: number }): boolean {
    if (this.#input.length < length) return false;
    const data = this.#input.subarray(0, length);
    this.#input = this.#input.subarray(length);
    this.#sending = undefined;
    const taken = Math.min(length, this.quirks.takes ?? length);
    const answer = () => this.#result(`+CIPSEND: ${id},${length},${taken}`);
    this.bridges.get(id)?.socket.write(data.subarray(0, taken), answer) ?? this.say('ERROR');
    return true;
  }

  #result(line: string): void {
    if (this.quirks.resultFirst) this.say(line, 'OK');
    else this.say('OK', line);
  }

  #run(command: string): void {
    const [name = '', rest = ''] = command.split('=');
    const fields = rest.split(',').map((field) => field.replaceAll('"', ''));
    const id = Number(fields[0]);
    const answers: Record<string, () => void> = {
      'AT+NETOPEN?': () => this.say(`+NETOPEN: ${this.#open ? 1 : 0}`, 'OK'),
      'AT+CGDCONT?': () => this.say('+CGDCONT: 1,"IP","old.apn","0.0.0.0",0,0', 'OK'),
      'AT+NETOPEN': () => this.#netOpen(),
      'AT+NETCLOSE': () => this.#netClose(),
      'AT+CIPOPEN': () => this.#connect(id, fields),
      'AT+CIPSEND': () => this.#send(id, Number(fields[1])),
      'AT+CIPCLOSE': () => this.#close(id),
      'AT+CIPMODE': () => this.say('ERROR'),
    };
    if (command.startsWith('AT+CIPRXGET=2')) this.#read(Number(fields[1]), Number(fields[2]));
    else (answers[name] ?? (() => this.say('OK')))();
  }

  #netOpen(): void {
    if (this.#open) {
      this.say('+IP ERROR: Network is already opened', 'ERROR');
      return;
    }
    this.#open = (this.quirks.netopen ?? 0) === 0;
    if (this.quirks.undecided) this.say('OK');
    else this.#result(`+NETOPEN: ${this.quirks.netopen ?? 0}`);
  }

  #netClose(): void {
    if (!this.#open) {
      this.say('+NETCLOSE: 2', 'ERROR');
      return;
    }
    this.#open = false;
    for (const { socket } of this.bridges.values()) socket.destroy();
    this.bridges.clear();
    this.#result('+NETCLOSE: 0');
  }

  #connect(id: number, fields: string[]): void {
    const [, , host = '', port] = fields;
    if (this.bridges.has(id)) {
      this.say(`+CIPOPEN: ${id},4`, 'ERROR');
      return;
    }
    if (host.endsWith('.invalid')) {
      this.#result(`+CIPOPEN: ${id},11`);
      return;
    }
    const socket = connect(Number(port), host);
    const bridge: Bridge = { socket, chunks: [], announced: false, over: false };
    this.bridges.set(id, bridge);
    socket.on('connect', () => this.#result(`+CIPOPEN: ${id},0`));
    socket.on('error', () => {
      if (!socket.connecting && bridge.over) return;
      this.bridges.delete(id);
      this.#result(`+CIPOPEN: ${id},1`);
    });
    socket.on('data', (chunk) => {
      bridge.chunks.push(chunk);
      if (Buffer.concat(bridge.chunks).length > 20_000) socket.pause();
      this.#announce(id, bridge);
    });
    socket.on('end', () => {
      bridge.over = true;
      this.say(`+IPCLOSE: ${id},1`);
    });
  }

  #announce(id: number, bridge: Bridge): void {
    if (bridge.announced) return;
    bridge.announced = true;
    this.say(`+CIPRXGET: 1,${id}`);
  }

  #send(id: number, length: number): void {
    if (!this.bridges.has(id)) {
      this.say('+CIPERROR: 4', 'ERROR');
      return;
    }
    if (this.quirks.busy) {
      this.quirks.busy -= 1;
      this.say('+CIPERROR: 8', 'ERROR');
      return;
    }
    this.#sending = { id, length };
    this.far.write(Buffer.from('\r\n>'));
  }

  #read(id: number, most: number): void {
    const bridge = this.bridges.get(id);
    const held = Buffer.concat(bridge?.chunks.splice(0) ?? []);
    if (!bridge || held.length === 0) {
      this.say('+IP ERROR: No data', 'ERROR');
      return;
    }
    const data = held.subarray(0, most);
    const left = held.subarray(most);
    if (left.length > 0) bridge.chunks.push(left);
    else bridge.announced = false;
    this.far.write(Buffer.from(`\r\n+CIPRXGET: 2,${id},${data.length},${left.length}\r\n`));
    this.far.write(data);
    this.say('OK');
    if (left.length < 10_000) bridge.socket.resume();
  }

  #close(id: number): void {
    const bridge = this.bridges.get(id);
    if (!bridge) {
      this.say(`+CIPCLOSE: ${id},4`, 'ERROR');
      return;
    }
    bridge.socket.destroy();
    this.bridges.delete(id);
    this.#result(`+CIPCLOSE: ${id},0`);
  }
}
