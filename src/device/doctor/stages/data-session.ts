import type { Duplex } from 'node:stream';
import { withDeadline } from '../../../base/deadline.ts';
import { asError, codeOf } from '../../../base/errors.ts';
import { settlable } from '../../../base/settlable.ts';
import type { Link } from '../../../link/link.ts';
import type { Peer, Room } from '../room.ts';
import { Ailment, Skipped, type Stage } from '../stage.ts';

/** Most modems give a connection 75 s. */
const CONNECT_MS = 80_000;

/** Does a data session come up? */
export const dataSession: Stage = {
  name: 'data-session',
  title: 'the data session',
  needs: ['registration'],
  mend: 'set [modem] apn to the access point of the operator, and look whether the SIM has data left',
  async check(room, signal) {
    const { clock } = room.patient;
    const radio = await room.openRadio(signal).catch((error: unknown) => {
      throw codeOf(error) === 'bad-config'
        ? new Ailment('bad-config', asError(error).message, 'set [link] kind = "ppp" in device.toml', error)
        : error;
    });
    const began = clock.monotonic();
    room.link = room.own(await radio.openLink(signal).catch(explain));
    return `up in ${((clock.monotonic() - began) / 1000).toFixed(1)} s`;
  },
};

/** pppd's own troubles are of this machine, not of the network. */
const MENDS: Readonly<Record<string, string>> = {
  'pppd-setup':
    'sudo apt install ppp, then sudo hardware/install.sh --device: peer file, scripts and units of hardware/ppp',
  'pppd-missing':
    'sudo hardware/install.sh --device, then sudo systemctl start ringpost-ppp.socket; or take [link] socket out of device.toml',
};

function explain(error: unknown): never {
  const code = codeOf(error) ?? '';
  const mend = MENDS[code];
  throw mend === undefined ? error : new Ailment(code, asError(error).message, mend, error);
}

/** Do the servers' names lead somewhere? */
export const names: Stage = {
  name: 'names',
  title: 'the names of the servers',
  needs: ['data-session'],
  mend: 'is the name right in device.toml, and public? Try it elsewhere: getent hosts NAME',
  async check(room, signal) {
    const { messageServer, mailServer } = room.patient;
    for (const peer of [messageServer, mailServer]) {
      const stream = await reach(room, peer, signal).catch((error: unknown) => {
        if (codeOf(error) !== 'name-not-found') return undefined;
        throw new Ailment('name-not-found', asError(error).message, names.mend, error);
      });
      stream?.destroy();
    }
    return [...new Set([messageServer.host, mailServer.host])].join(', ');
  },
};

/** A connection that is up. Rejects with LinkError. */
export async function reach(room: Room, { host, port }: Peer, signal: AbortSignal): Promise<Duplex> {
  const stream = linkOf(room).connect(host, port, { signal });
  const up = settlable<Duplex>();
  stream.once('connect', () => up.resolve(stream));
  stream.once('error', up.reject);
  stream.once('close', () => up.reject(new Error(`${host}:${port}: closed`)));
  stream.on('error', () => {});
  const wait = { what: `connecting to ${host}:${port}`, ms: CONNECT_MS, signal };
  return await withDeadline(room.patient.clock, wait, () => up.promise).catch((error: unknown) => {
    stream.destroy();
    throw error;
  });
}

/** The data session that was opened. */
export function linkOf({ link }: Room): Link {
  if (link) return link;
  throw new Skipped('there is no data session');
}
