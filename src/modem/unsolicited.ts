import type { Log } from '../base/log.ts';
import { redactNumbers } from '../base/redact.ts';
import type { UrcListener } from './at-channel.ts';
import { isPdu, KNOWN_URCS, startsWithAny, URCS_WITH_PDU } from './urcs.ts';

/** Hands unsolicited lines to their listeners. */
export class Unsolicited {
  readonly #log: Log;
  readonly #known: readonly string[];
  #listeners: UrcListener[] = [];
  #pduFollows = false;

  constructor(log: Log, known: readonly string[] = []) {
    this.#log = log;
    this.#known = [...KNOWN_URCS, ...known];
  }

  listen(listener: UrcListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** Whether the line is known to be unsolicited, or is the PDU of one. */
  knows(line: string): boolean {
    return (this.#pduFollows && isPdu(line)) || startsWithAny(line, this.#known);
  }

  /** Hands on a line that no command claimed. */
  deliver(line: string): void {
    // Results of what was given up, the rest of a prompt, and an echo that came back damaged are no news.
    if (line === 'OK' || line === 'ERROR' || line.startsWith('>') || line.startsWith('AT')) return;
    this.#pduFollows = startsWithAny(line, URCS_WITH_PDU);
    this.#log.debug({ urc: redactNumbers(line) }, 'unsolicited line');
    for (const listener of this.#listeners) {
      try {
        listener(line);
      } catch (error) {
        this.#log.error({ err: error }, 'a listener of unsolicited lines failed');
      }
    }
  }
}
