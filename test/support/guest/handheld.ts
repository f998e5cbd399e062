import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Guest } from './guest.ts';
import type { Program, Told } from './program.ts';

const STOP_MS = 40_000;

/** The agent in the guest, and its Maildir. */
export class Handheld {
  readonly #guest: Guest;
  readonly agent: Program;
  readonly #maildir: string;

  constructor(guest: Guest, agent: Program, maildir: string) {
    this.#guest = guest;
    this.agent = agent;
    this.#maildir = maildir;
  }

  /** Waits until the session that began after `since` is over and the SMS store was swept; gives its steps. */
  async session(since: number): Promise<Told[]> {
    const closed = await this.agent.step('closed', since);
    const swept = await this.agent.step('swept', closed.place);
    return (await this.agent.steps()).slice(since, swept.place + 1);
  }

  /** How many files of its Maildir end in this mail, with line ends as a Maildir has them. */
  async holds(mail: string): Promise<number> {
    const wanted = mail.replaceAll('\r\n', '\n');
    await writeFile(`${this.#guest.share}/wanted`, wanted);
    const size = Buffer.byteLength(wanted);
    const compare = `find ${this.#maildir}/cur ${this.#maildir}/new -type f -print0 2>/dev/null |
      xargs -0 -r -n 1 sh -c 'tail -c ${size} "$0" | cmp -s - /mnt/share/wanted && echo same || true' | wc -l`;
    return Number(await this.#guest.must(compare));
  }

  /** Waits until this many bytes came over the data session. */
  async received(bytes: number): Promise<void> {
    const counter = '/sys/class/net/ppp0/statistics/rx_bytes';
    await this.#guest.must(
      `until [ "$(cat ${counter} 2>/dev/null || echo 0)" -gt ${bytes} ]; do sleep 0.1; done`,
    );
  }

  async #late(over: AbortSignal): Promise<void> {
    await setTimeout(STOP_MS, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    const { output } = await this.#guest.run(
      'tail -n 40 /home/handheld/serial.log; ps ax | grep -v "\\[" | tail -n 30',
    );
    throw new Error(`the agent does not stop:\n${(await this.agent.output()).slice(-4000)}${output}`);
  }

  async stop(): Promise<void> {
    await this.#guest.run(`pkill -TERM -f 'main.js device'`);
    const over = new AbortController();
    await Promise.race([this.agent.ended, this.#late(over.signal)]);
    over.abort();
  }
}
