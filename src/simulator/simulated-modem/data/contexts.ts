import type { Answer, Behaviour } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import type { Radio } from '../general/radio.ts';
import { cmeError } from '../refusal.ts';

const HIGHEST_CONTEXT = 16;

interface PdpContext {
  readonly type: string;
  readonly apn: string;
  active: boolean;
}

/** PDP contexts (3GPP TS 27.007 10.1). Context 1 is there from the start. */
export class PdpContexts {
  readonly all = new Map<number, PdpContext>();

  constructor() {
    this.reset();
  }

  reset(): void {
    this.all.clear();
    this.all.set(1, { type: 'IP', apn: 'internet', active: false });
  }

  /** The address that the network gave (TEST-NET-2, RFC 5737), undefined while not active. */
  address(id: number): string | undefined {
    return this.all.get(id)?.active ? `198.51.100.${id}` : undefined;
  }
}

export function contextBehaviour(contexts: PdpContexts, radio: Radio): Behaviour {
  return {
    reset: () => contexts.reset(),
    handlers: {
      '+CGDCONT': (command, answer) => define(contexts, command, answer),
      '+CGACT': (command, answer) => activate(contexts, radio, command, answer),
      '+CGPADDR': (command, answer) => {
        if (command.form === 'test') return;
        const wanted = numberAt(command, 0);
        for (const id of contexts.all.keys()) {
          if (wanted === undefined || wanted === id)
            answer.line(`+CGPADDR: ${id},${contexts.address(id) ?? '0.0.0.0'}`);
        }
      },
      '+CGAUTH': () => {},
      '+CSOCKSETPN': () => {},
    },
  };
}

function define(contexts: PdpContexts, command: Command, answer: Answer): void {
  if (command.form === 'test') {
    answer.line(`+CGDCONT: (1-${HIGHEST_CONTEXT}),"IP",,,(0-2),(0-4)`);
    return;
  }
  if (command.form === 'read') {
    for (const [id, { type, apn }] of contexts.all)
      answer.line(`+CGDCONT: ${id},"${type}","${apn}","0.0.0.0",0,0`);
    return;
  }
  const id = numberAt(command, 0);
  if (id === undefined || id < 1 || id > HIGHEST_CONTEXT) throw cmeError(50);
  if (command.values.length === 1) contexts.all.delete(id);
  else
    contexts.all.set(id, {
      type: command.values[1] ?? 'IP',
      apn: command.values[2] ?? '',
      active: contexts.all.get(id)?.active ?? false,
    });
}

function activate(contexts: PdpContexts, radio: Radio, command: Command, answer: Answer): void {
  if (command.form === 'test') {
    answer.line('+CGACT: (0,1)');
    return;
  }
  if (command.form === 'read') {
    for (const [id, { active }] of contexts.all) answer.line(`+CGACT: ${id},${active ? 1 : 0}`);
    return;
  }
  const found = contexts.all.get(numberAt(command, 1, 1) ?? 0);
  if (!found) throw cmeError(50);
  if (!radio.registered) throw cmeError(30);
  found.active = command.values[0] === '1';
}
