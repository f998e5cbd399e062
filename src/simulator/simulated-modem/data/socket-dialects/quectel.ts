import { pause } from '../../../later.ts';
import type { Answer, Behaviour, Handler } from '../../behaviour.ts';
import { type Command, numberAt } from '../../command.ts';
import { type AtRefusal, finalResult, plainError } from '../../refusal.ts';
import type { ConnectOutcome } from '../socket.ts';
import { linkAt, type SocketDialect, type SocketParts, targetAt, unexpected } from './dialect.ts';

const LINKS = 12;
const LARGEST_SEND = 1460;
const LARGEST_READ = 1500;
const LINE_END = Uint8Array.of(13, 10);

// Result codes (BG95&BG77&BG600L Series TCP/IP Application Note, chapter 4).
const WRONG_PARAMETER = 552;
const NOT_SUPPORTED = 555;
const CONTEXT_FAILED = 561;
const IN_USE = 563;
const CLOSED = 567;
const OUTCOMES: Readonly<Record<ConnectOutcome, number>> = {
  connected: 0,
  unreachable: 566,
  timeout: 569,
  'unknown-name': 565,
};
const TEXTS: Readonly<Record<number, string>> = {
  0: 'operate successfully',
  552: 'invalid parameters',
  555: 'operation not supported',
  561: 'open PDP context failed',
  563: 'socket identity has been used',
  565: 'DNS parse failed',
  566: 'socket connect failed',
  567: 'socket has been closed',
  569: 'operation timeout',
};

/** The sockets of Quectel's EC25, EG25, BG95 and BG96 in buffer access mode (chapters 2 and 3). */
export const quectelSockets: SocketDialect = {
  links: LINKS,
  arrived: (link) => `+QIURC: "recv",${link}`,
  ended: (link) => `+QIURC: "closed",${link}`,
  lost: '+QIURC: "pdpdeact",1',
  behaviour: (parts) => new QuectelSockets(parts),
};

interface AccessPoint {
  readonly user: string;
  readonly password: string;
  readonly authentication: number;
}

class QuectelSockets implements Behaviour {
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly #parts: SocketParts;
  readonly #accessPoints = new Map<number, AccessPoint>();
  /** Links that did not connect; they are taken until they are closed. */
  readonly #failed = new Set<number>();
  #lastError = 0;
  /** +QISDE: the bytes of a send come back, even with ATE0. */
  #echoes = true;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    this.handlers = {
      '+QICSGP': (command, answer) => this.#accessPoint(command, answer),
      '+QIACT': (command, answer) => this.#activate(command, answer),
      '+QIDEACT': () => this.#deactivate(),
      '+QISDE': (command) => {
        this.#echoes = numberAt(command, 0) !== 0;
      },
      '+QIOPEN': (command, answer) => this.#open(command, answer),
      '+QISEND': (command, answer) => this.#send(command, answer),
      '+QIRD': (command, answer) => this.#read(command, answer),
      '+QICLOSE': (command) => this.#close(command),
      '+QIGETERROR': (_, answer) =>
        answer.line(`+QIGETERROR: ${this.#lastError},${TEXTS[this.#lastError] ?? 'unknown error'}`),
    };
  }

  reset(): void {
    this.#parts.sockets.reset();
    this.#failed.clear();
    this.#lastError = 0;
    this.#echoes = true;
  }

  #fail(code: number): AtRefusal {
    this.#lastError = code;
    return plainError();
  }

  #accessPoint(command: Command, answer: Answer): void {
    const { contexts } = this.#parts;
    const id = numberAt(command, 0) ?? 0;
    const [, type, apn = '', user = '', password = ''] = command.values;
    if (type === undefined) {
      const kept = this.#accessPoints.get(id) ?? { user: '', password: '', authentication: 0 };
      const name = contexts.all.get(id)?.apn ?? '';
      answer.line(`+QICSGP: 1,"${name}","${kept.user}","${kept.password}",${kept.authentication}`);
      return;
    }
    if (type !== '1' || id < 1) throw this.#fail(WRONG_PARAMETER);
    contexts.all.set(id, { type: 'IP', apn, active: contexts.all.get(id)?.active ?? false });
    this.#accessPoints.set(id, { user, password, authentication: numberAt(command, 5, 0) ?? 0 });
  }

  async #activate(command: Command, answer: Answer): Promise<void> {
    const { context, contexts, sockets } = this.#parts;
    if (command.form === 'read') {
      const id = sockets.contextId;
      if (id !== undefined) answer.line(`+QIACT: ${id},1,1,"${contexts.address(id)}"`);
      return;
    }
    // What the network took away has to be deactivated first.
    if (sockets.opened || sockets.lost) throw this.#fail(CONTEXT_FAILED);
    await pause(context.clock, sockets.setUpMs, context.life());
    if (!sockets.activate(numberAt(command, 0) ?? 0)) throw this.#fail(CONTEXT_FAILED);
  }

  #deactivate(): void {
    this.#parts.sockets.deactivate();
    this.#failed.clear();
  }

  #open(command: Command, answer: Answer): void {
    const { context, sockets } = this.#parts;
    const link = linkAt(command, 1, LINKS);
    const target = targetAt(command, 2);
    if (!target) throw this.#fail(WRONG_PARAMETER);
    if (numberAt(command, 6, 0) !== 0) throw this.#fail(NOT_SUPPORTED);
    if (numberAt(command, 0) !== sockets.contextId) throw this.#fail(CONTEXT_FAILED);
    if (sockets.links[link] || this.#failed.has(link)) throw this.#fail(IN_USE);
    answer.after(() => {
      const wrong = context.faults.connectError;
      const connecting =
        wrong > 0 ? Promise.resolve(wrong) : sockets.open(link, target).then((one) => OUTCOMES[one]);
      connecting.then((code) => this.#opened(link, code), unexpected(context));
    });
  }

  #opened(link: number, code: number): void {
    if (code !== 0) {
      this.#lastError = code;
      this.#failed.add(link);
    }
    this.#parts.context.urc(`+QIOPEN: ${link},${code}`);
  }

  async #send(command: Command, answer: Answer): Promise<void> {
    const socket = this.#parts.sockets.links[linkAt(command, 0, LINKS)];
    const length = command.values[1] ? (numberAt(command, 1) ?? 0) : undefined;
    if (!socket?.open) throw this.#fail(CLOSED);
    if (length !== undefined && (length < 1 || length > LARGEST_SEND)) throw this.#fail(WRONG_PARAMETER);
    const bytes = await answer.prompt({ length });
    if (bytes && this.#echoes && !answer.serial.echoing) answer.raw(bytes);
    if (!bytes || !socket.open) throw this.#fail(CLOSED);
    if (socket.full) throw finalResult('SEND FAIL');
    await socket.send(bytes);
    throw finalResult('SEND OK');
  }

  #read(command: Command, answer: Answer): void {
    const socket = this.#parts.sockets.links[linkAt(command, 0, LINKS)];
    const most = numberAt(command, 1, LARGEST_READ) ?? 0;
    if (!socket) throw this.#fail(CLOSED);
    if (most < 1 || most > LARGEST_READ) throw this.#fail(WRONG_PARAMETER);
    const bytes = socket.read(most);
    answer.line(`+QIRD: ${bytes.length}`);
    if (bytes.length === 0) return;
    answer.raw(bytes);
    answer.raw(LINE_END);
  }

  #close(command: Command): void {
    const { sockets } = this.#parts;
    const link = linkAt(command, 0, LINKS);
    sockets.links[link]?.close();
    sockets.links[link] = undefined;
    this.#failed.delete(link);
  }
}
