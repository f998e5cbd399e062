import type { PeerName } from './peer.ts';
import type { Measured } from './rig.ts';
import type { NetworkName, RowName, Situation } from './rows.ts';

/** What is measured. */
export interface Place {
  readonly messages: number;
  readonly network: NetworkName;
  readonly row: RowName;
  readonly situation: Situation;
  readonly peer: PeerName;
}

export type Line = Place & Measured;

/** Bytes down when nothing is new. */
const NOTHING_NEW = 1600;

/** What must hold and does not: every peer did its work, Ringpost keeps its aims, and no peer needs fewer bytes. */
export function missed(lines: readonly Line[]): string[] {
  return lines.flatMap((line) => {
    const wrong = [...line.wrong, ...(line.peer === 'ringpost' ? missedByRingpost(line, lines) : [])];
    return wrong.map((what) => `${nameOf(line)}, ${line.peer}: ${what}`);
  });
}

function missedByRingpost(line: Line, lines: readonly Line[]): string[] {
  const { situation, network, row, air } = line;
  const wrong: string[] = [];
  if (network === 'slow' && air.seconds > situation.aim)
    wrong.push(`${air.seconds.toFixed(2)} s, the aim is ${situation.aim} s`);
  if (row === 'a' && air.bytesDown >= NOTHING_NEW)
    wrong.push(`${air.bytesDown} bytes down, the aim is below ${NOTHING_NEW}`);
  for (const peer of lines.filter((other) => other.peer !== line.peer && nameOf(other) === nameOf(line))) {
    if (bytes(peer) <= bytes(line))
      wrong.push(`${bytes(line)} bytes both ways, ${peer.peer} needs ${bytes(peer)}`);
  }
  return wrong;
}

function bytes({ air }: Line): number {
  return air.bytesUp + air.bytesDown;
}

function nameOf({ messages, network, row }: Line): string {
  return `${messages.toLocaleString('en')} messages, ${network}, row ${row}`;
}
