import type { Answer } from '../../behaviour.ts';
import { type Command, numberAt } from '../../command.ts';
import type { AtRefusal } from '../../refusal.ts';
import type { ModemSocket } from '../socket.ts';
import type { Sockets } from '../sockets.ts';
import { linkAt } from './dialect.ts';

const LINE_END = Uint8Array.of(13, 10);

/** What differs between the families. */
export interface CiprxgetRules {
  readonly links: number;
  /** Bytes that one command carries at most. */
  readonly most: number;
  invalid(): AtRefusal;
  /** How it refuses to read where nothing is unread; undefined: it does not. */
  nothing(socket: ModemSocket | undefined): AtRefusal | undefined;
}

/** +CIPRXGET: mode 0 and 1 switch, 2 reads bytes, 3 reads hexadecimal digits, 4 asks how many there are. */
export function ciprxget(sockets: Sockets, rules: CiprxgetRules, command: Command, answer: Answer): void {
  const { most, links } = rules;
  const mode = command.form === 'set' ? numberAt(command, 0) : undefined;
  if (command.form === 'read') answer.line(`+CIPRXGET: ${sockets.manual ? 1 : 0}`);
  else if (command.form === 'test') answer.line(`+CIPRXGET: (0-4),(0-${links - 1}),(1-${most})`);
  else if (mode === undefined || mode > 4) throw rules.invalid();
  else if (mode < 2) sockets.manual = mode === 1;
  else read(sockets, rules, mode, command, answer);
}

function read(sockets: Sockets, rules: CiprxgetRules, mode: number, command: Command, answer: Answer): void {
  const link = linkAt(command, 1, rules.links);
  const socket = sockets.links[link];
  if (mode === 4) {
    answer.line(`+CIPRXGET: 4,${link},${socket?.unread ?? 0}`);
    return;
  }
  const wanted = numberAt(command, 2, rules.most);
  if (wanted === undefined || wanted < 1 || wanted > rules.most) throw rules.invalid();
  const refusal = socket?.unread ? undefined : rules.nothing(socket);
  if (refusal) throw refusal;
  hand(socket, mode, link, wanted, answer);
}

function hand(socket: ModemSocket | undefined, mode: number, link: number, most: number, answer: Answer) {
  const bytes = socket?.read(most) ?? new Uint8Array();
  answer.line(`+CIPRXGET: ${mode},${link},${bytes.length},${socket?.unread ?? 0}`);
  if (bytes.length === 0) return;
  answer.raw(mode === 2 ? bytes : Buffer.from(Buffer.from(bytes).toString('hex').toUpperCase(), 'latin1'));
  answer.raw(LINE_END);
}
