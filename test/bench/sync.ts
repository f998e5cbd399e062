import type { Benchmark, Figures, Row, Running } from './harness/benchmark.ts';
import { NONE } from './harness/table.ts';
import { setScene } from './sync/expected.ts';
import { type Line, missed, type Place } from './sync/missed.ts';
import type { PeerName } from './sync/peer.ts';
import { airRig, PEERS } from './sync/rig.ts';
import { NETWORKS, type NetworkName, ROWS, type RowName, SIZES, type Situation } from './sync/rows.ts';

const NAMES = {
  sizes: SIZES.map(String),
  networks: Object.keys(NETWORKS) as NetworkName[],
  rows: Object.keys(ROWS) as RowName[],
  peers: Object.keys(PEERS) as PeerName[],
};

const OLD_MAIL = 'From: a@sender.example\nMessage-ID: <old@sender.example>\nSubject: x\n\nx\n';

export const benchmark: Benchmark = {
  measures:
    'A synchronisation on the air: Ringpost, mbsync, an ImapFlow script written the obvious way, fetchmail',
  how: `One Dovecot over TLS 1.3 behind one proxy with the simulator's radio model (no loss): slow is 700 ms round trip, 40 kbit/s down and
20 kbit/s up; good is 100 ms and 1 Mbit/s. Each peer has a mailbox of its own with the same messages and a copy in step with it. Ringpost
knows the server and, where mail is new, has the hint of the server's request. Bytes: TCP payload, TLS included. Round trips: after TCP's
own. Seconds: from the SYN to the last byte sent or received, TCP's round trip included. CPU and peak memory: of the whole process, its
start included, as the kernel counts it (GNU time). After each run copy and server are looked at for what should be there. fetchmail only
brings new mail: nothing of flags, and nothing goes up (row e).`,
  words: {
    ...Object.fromEntries(NAMES.networks.map((name) => [name, 'only this network'])),
    ...Object.fromEntries(NAMES.sizes.map((size) => [size, 'only the mailbox of so many messages'])),
    ...Object.fromEntries(NAMES.rows.map((row) => [row, `only the row "${ROWS[row].what}"`])),
    ...Object.fromEntries(NAMES.peers.map((peer) => [peer, 'only this peer'])),
  },
  async run(signal, running): Promise<Figures> {
    const chosen = <T extends string>(names: readonly T[]) => {
      const some = names.filter((name) => running.words.has(name));
      return some.length > 0 ? some : names;
    };
    const wanted = { networks: chosen(NAMES.networks), rows: chosen(NAMES.rows), peers: chosen(NAMES.peers) };
    const lines: (Line | Place)[] = [];
    for (const size of chosen(NAMES.sizes)) {
      for await (const line of measureSize(Number(size), wanted, running, signal)) lines.push(line);
    }
    return { rows: lines.map(show), problems: missed(lines.filter(isMeasured)) };
  },
};

interface Wanted {
  readonly networks: readonly NetworkName[];
  readonly rows: readonly RowName[];
  readonly peers: readonly PeerName[];
}

async function* measureSize(
  messages: number,
  { networks, rows, peers }: Wanted,
  { progress }: Running,
  signal: AbortSignal,
): AsyncGenerator<Line | Place> {
  const many = { count: messages, text: OLD_MAIL, modseq: 1, unread: () => false };
  await using rig = await airRig({ peers, many, progress }, signal);
  const all = networks.flatMap((network) => rows.map((row) => ({ network, row })));
  for (const [index, { network, row }] of all.entries()) {
    const situation: Situation = ROWS[row];
    const scene = setScene(situation, index, messages);
    await rig.prepare(scene);
    for (const peer of rig.peers) {
      const place = { messages, network, row, situation, peer: peer.name };
      if (situation.inCopy && peer.onlyNewMail) {
        yield place;
        continue;
      }
      const line = { ...place, ...(await rig.measure(peer, network, scene, signal)) };
      progress(told(line));
      yield line;
    }
  }
}

function isMeasured(line: Line | Place): line is Line {
  return 'air' in line;
}

function told({ messages, network, row, peer, air }: Line): string {
  const { seconds, roundTrips, bytesDown, bytesUp } = air;
  return `${messages} ${network} ${row} ${peer}: ${seconds.toFixed(1)} s, ${roundTrips} round trips, ${bytesDown} B down, ${bytesUp} B up`;
}

function show(line: Line | Place): Row {
  const { messages, network, row, situation, peer } = line;
  const { air, use } = isMeasured(line) ? line : { air: undefined, use: undefined };
  return {
    messages,
    network,
    row: `${row} ${situation.what}`,
    peer,
    'round trips': air?.roundTrips ?? NONE,
    'bytes down': air?.bytesDown ?? NONE,
    'bytes up': air?.bytesUp ?? NONE,
    seconds: air?.seconds ?? NONE,
    'aim, s': peer === 'ringpost' && network === 'slow' ? situation.aim : NONE,
    'CPU s': use?.cpuSeconds ?? NONE,
    'peak MB': use?.peakMegabytes ?? NONE,
  };
}
