import { later, pause } from '../../../later.ts';
import type { Answer, Behaviour, Handler } from '../../behaviour.ts';
import { type Command, numberAt } from '../../command.ts';
import { cmeError, finalResult, plainError } from '../../refusal.ts';
import { type CiprxgetRules, ciprxget } from './ciprxget.ts';
import { linkAt, type SocketDialect, type SocketParts, targetAt, unexpected } from './dialect.ts';

const LINKS = 6;
/** `<size>` of +CIPSEND; one send must stay below it. */
const SEND_SIZE = 1460;
/** A DNS error in +CDNSGIP. */
const DNS_ERROR = 8;

/** The sockets of SIM800 and SIM868 in multi connection (SIM800 Series AT Command Manual V1.09, chapter 8). */
export const sim800Sockets: SocketDialect = {
  links: LINKS,
  arrived: (link) => `+CIPRXGET: 1,${link}`,
  ended: (link) => `${link}, CLOSED`,
  lost: '+PDP: DEACT',
  pushed: (link, _target, length) => `+RECEIVE,${link},${length}:`,
  behaviour: (parts) => new Sim800Sockets(parts),
};

const notAllowed = () => cmeError(3);

const RECEIVING: CiprxgetRules = {
  links: LINKS,
  most: 1460,
  invalid: () => cmeError(50),
  nothing: (socket) => (socket?.open ? undefined : notAllowed()),
};

/** States of AT+CIPSTATUS that last; PDP DEACT is told from the sockets. */
type State = 'IP INITIAL' | 'IP START' | 'IP GPRSACT' | 'IP STATUS';

class Sim800Sockets implements Behaviour {
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly #parts: SocketParts;
  #reached: State = 'IP INITIAL';
  #multi = false;
  #quick = false;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    const { sockets } = parts;
    this.handlers = {
      '+CIPMUX': (command, answer) => this.#mux(command, answer),
      '+CIPQSEND': (command) => {
        this.#quick = numberAt(command, 0) === 1;
      },
      '+CSTT': () => this.#step('IP INITIAL', 'IP START'),
      '+CIICR': () => this.#bringUp(),
      '+CIFSR': () => this.#address(),
      '+CIPSHUT': () => this.#shut(),
      '+CIPSTATUS': (_, answer) => answer.after(() => this.#tellStatus()),
      '+CIPSTART': (command, answer) => this.#start(command, answer),
      '+CIPSEND': (command, answer) => this.#send(command, answer),
      '+CIPRXGET': (command, answer) => ciprxget(sockets, RECEIVING, command, answer),
      '+CIPCLOSE': (command) => this.#close(command),
      '+CDNSGIP': (command, answer) => this.#resolve(command, answer),
      '+CIPHEAD': () => {},
      '+CIPSPRT': () => {},
    };
  }

  reset(): void {
    this.#parts.sockets.reset();
    this.#reached = 'IP INITIAL';
    this.#multi = false;
    this.#quick = false;
  }

  get #state(): State | 'PDP DEACT' {
    return this.#parts.sockets.lost ? 'PDP DEACT' : this.#reached;
  }

  #step(from: State, to: State): void {
    if (this.#state !== from) throw notAllowed();
    this.#reached = to;
  }

  #mux(command: Command, answer: Answer): void {
    if (command.form === 'read') {
      answer.line(`+CIPMUX: ${this.#multi ? 1 : 0}`);
      return;
    }
    if (this.#state !== 'IP INITIAL') throw notAllowed();
    this.#multi = numberAt(command, 0) === 1;
  }

  async #bringUp(): Promise<void> {
    const { context, sockets } = this.#parts;
    if (this.#state !== 'IP START') throw notAllowed();
    await pause(context.clock, sockets.setUpMs, context.life());
    if (!sockets.activate(1)) throw plainError();
    this.#reached = 'IP GPRSACT';
  }

  #address(): void {
    if (this.#state === 'IP GPRSACT') this.#reached = 'IP STATUS';
    if (this.#state !== 'IP STATUS') throw plainError();
    throw finalResult(this.#parts.contexts.address(1) ?? 'ERROR');
  }

  #shut(): void {
    this.#parts.sockets.deactivate();
    this.#reached = 'IP INITIAL';
    throw finalResult('SHUT OK');
  }

  /** It comes after the OK. */
  #tellStatus(): void {
    const { context, sockets } = this.#parts;
    const states = sockets.links.map((socket, link) => {
      const target = socket ? `"TCP","${socket.target.address}","${socket.target.port}"` : '"","",""';
      return `C: ${link},0,${target},"${socket ? (socket.open ? 'CONNECTED' : 'CLOSED') : 'INITIAL'}"`;
    });
    context.urc(`STATE: ${this.#state}`);
    for (const line of states) context.urc(line);
  }

  #start(command: Command, answer: Answer): void {
    const { context, sockets } = this.#parts;
    const link = linkAt(command, 0, LINKS);
    const target = targetAt(command, 1);
    if (!this.#multi || this.#state !== 'IP STATUS') throw notAllowed();
    if (!target) throw cmeError(50);
    const busy = sockets.links[link]?.open;
    answer.after(() => {
      const connecting = busy ? Promise.resolve('ALREADY CONNECT') : this.#connect(link, target);
      connecting.then((what) => context.urc(`${link}, ${what}`), unexpected(context));
    });
  }

  async #connect(link: number, target: { host: string; port: number }): Promise<string> {
    const { context, sockets } = this.#parts;
    const refused = context.faults.connectError > 0;
    return !refused && (await sockets.open(link, target)) === 'connected' ? 'CONNECT OK' : 'CONNECT FAIL';
  }

  async #send(command: Command, answer: Answer): Promise<void> {
    const link = linkAt(command, 0, LINKS);
    const length = command.values[1] ? (numberAt(command, 1) ?? 0) : undefined;
    const socket = this.#parts.sockets.links[link];
    if (!socket?.open) throw notAllowed();
    if (length !== undefined && (length < 1 || length >= SEND_SIZE)) throw cmeError(50);
    const bytes = await answer.prompt({ length });
    if (!bytes) throw plainError();
    const sent = (await socket.send(bytes)) === bytes.length;
    if (sent && this.#quick) throw finalResult(`DATA ACCEPT:${link},${bytes.length}`);
    const arrived =
      sent &&
      (await socket.acknowledged().then(
        () => true,
        () => false,
      ));
    throw finalResult(`${link}, SEND ${arrived ? 'OK' : 'FAIL'}`);
  }

  #close(command: Command): void {
    const { sockets } = this.#parts;
    const link = linkAt(command, 0, LINKS);
    const socket = sockets.links[link];
    if (!socket?.open) throw plainError();
    socket.close();
    sockets.links[link] = undefined;
    throw finalResult(`${link}, CLOSE OK`);
  }

  #resolve(command: Command, answer: Answer): void {
    const { context } = this.#parts;
    const [host = ''] = command.values;
    const found = context.attachment.network.resolve(host);
    const result = 'failure' in found ? `0,${DNS_ERROR}` : `1,"${host}","${found.address}"`;
    const { rttMs } = context.attachment.air.conditions;
    answer.after(() => later(context.clock, rttMs, context.life(), () => context.urc(`+CDNSGIP: ${result}`)));
  }
}
