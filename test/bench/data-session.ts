import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { systemClock as clock } from '../../src/base/clock.ts';
import { silentLog as log } from '../../src/base/log.ts';
import { MemoryPort } from '../../src/cli/demo/memory-port.ts';
import { openPppLink } from '../../src/link/ppp/ppp-link.ts';
import { pppdChild } from '../../src/link/ppp/pppd-child.ts';
import { openAtChannel } from '../../src/modem/channel.ts';
import type { Modem } from '../../src/modem/modem.ts';
import { openModem } from '../../src/modem/open-modem.ts';
import { INSTANT_CONDITIONS } from '../../src/simulator/network/conditions.ts';
import { CellularNetwork } from '../../src/simulator/network.ts';
import { simulateModem } from '../../src/simulator/simulated-modem/modem.ts';
import type { Benchmark, Figures, Row } from './harness/benchmark.ts';
import { scratchDirectory } from './harness/scratch.ts';

const ROUNDS = 15;
/** What the modem asks for around `+++` (S12, twice one second): the modem's share, not ours. */
const GUARD_MS = 2000;

export const benchmark: Benchmark = {
  measures:
    'Milliseconds of ours in a PPP session: from dialling to the address, and from hanging up to listening',
  how: `${ROUNDS} sessions on one simulated modem on a line in memory, which takes no time and has no network behind it. A played pppd (a shell
script) notes when it starts and when it has written the address. Modem and pppd: from ATD to CONNECT, from pppd's start to its address; on
hanging up from SIGTERM to pppd's end, and the silence of ${GUARD_MS} ms that the modem wants around +++. Ours: the rest.`,
  async run(signal): Promise<Figures> {
    await using scratch = await scratchDirectory();
    await using rig = await startRig(scratch.path);
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await rig.session(signal));
    return {
      rows: [
        row(
          'dial to address',
          rounds.map(({ dial }) => dial),
        ),
        row(
          'hang up to listening',
          rounds.map(({ hangUp }) => hangUp),
        ),
      ],
    };
  },
};

interface Share {
  readonly total: number;
  /** Of it, what modem and pppd took. */
  readonly theirs: number;
}

interface Round {
  readonly dial: Share;
  readonly hangUp: Share;
}

function row(what: string, shares: readonly Share[]): Row {
  const ours = shares.map(({ total, theirs }) => total - theirs).sort((a, b) => a - b);
  const middle = (values: readonly number[]) => values[Math.floor(values.length / 2)] ?? 0;
  return {
    what,
    'total ms': middle(shares.map(({ total }) => total).sort((a, b) => a - b)),
    'modem and pppd ms': middle(shares.map(({ theirs }) => theirs).sort((a, b) => a - b)),
    'ours ms': middle(ours),
    'least ms': ours[0] ?? 0,
    'most ms': ours.at(-1) ?? 0,
  };
}

/** A modem that is listening, and sessions on it. */
async function startRig(run: string) {
  const program = join(run, 'pppd');
  await writeFile(program, playedPppd(run));
  await chmod(program, 0o755);
  const network = new CellularNetwork({ clock, log, conditions: INSTANT_CONDITIONS });
  const port = new MemoryPort('/memory/modem');
  const told = watch(port);
  const number = '+9990000001';
  const timeless = { baudRate: Number.POSITIVE_INFINITY, commandLatencyMs: 0 };
  const simulated = simulateModem({
    port,
    network,
    number,
    clock,
    log,
    carrier: () => silent(),
    ...timeless,
  });
  const channel = openAtChannel({ line: port.open(), clock, log });
  const modem = await openModem({ channel, clock, log });
  const startPppd = pppdChild({ peer: 'played', clock, program });
  const open = (signal: AbortSignal) => openPppLink({ modem, startPppd, run, clock, log }, signal);
  return {
    async session(signal: AbortSignal): Promise<Round> {
      const dialled = Date.now();
      const link = await open(signal);
      const addressed = Date.now();
      const times = await pppdTimes(run);
      const dial = {
        total: addressed - dialled,
        theirs: told.connect - told.dial + times.address - times.start,
      };
      const hungUp = Date.now();
      await link[Symbol.asyncDispose]();
      await listens(modem, signal);
      const total = Date.now() - hungUp;
      const { end, term } = await pppdTimes(run);
      return { dial, hangUp: { total, theirs: end - term + GUARD_MS } };
    },
    async [Symbol.asyncDispose]() {
      await modem[Symbol.asyncDispose]();
      await channel[Symbol.asyncDispose]();
      await simulated[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}

/** It takes commands again. */
async function listens(modem: Modem, signal: AbortSignal): Promise<void> {
  await modem.signalStrength(signal);
}

/** When the last dialling crossed the line, and its CONNECT. */
function watch(port: MemoryPort): { dial: number; connect: number } {
  const told = { dial: 0, connect: 0 };
  port.onData((bytes) => {
    if (/ATD/.test(Buffer.from(bytes).toString('latin1'))) told.dial = Date.now();
  });
  const write = port.write.bind(port);
  port.write = (bytes) => {
    if (/CONNECT/.test(Buffer.from(bytes).toString('latin1'))) told.connect = Date.now();
    return write(bytes);
  };
  return told;
}

function silent(): Duplex {
  return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
}

/** Writes the address as `ringpost-ppp-hook` does, and notes the milliseconds since 1970. */
function playedPppd(run: string): string {
  return `#!/bin/sh
echo "start $(date +%s%3N)" >'${run}/times'
session=\${4#ringpost-}
trap 'echo "term $(date +%s%3N)" >>"${run}/times"; kill $reader; echo "end $(date +%s%3N)" >>"${run}/times"; exit 5' TERM
printf 'session=%s\\ninterface=ppp0\\nlocal=127.0.0.2\\nremote=127.0.0.3\\n' "$session" >'${run}/ppp.state.new'
mv '${run}/ppp.state.new' '${run}/ppp.state'
echo "address $(date +%s%3N)" >>'${run}/times'
exec 3<&0
cat <&3 >/dev/null &
reader=$!
wait "$reader"
`;
}

async function pppdTimes(run: string): Promise<Record<'start' | 'address' | 'term' | 'end', number>> {
  const lines = (await readFile(join(run, 'times'), 'utf8')).trim().split('\n');
  const pairs = lines.map((line) => line.split(' ')).map(([name = '', at]) => [name, Number(at)]);
  return { start: 0, address: 0, term: 0, end: 0, ...Object.fromEntries(pairs) };
}
