import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposables } from '../../../src/base/disposables.ts';
import { INSTANT_CONDITIONS } from '../../../src/simulator/network/conditions.ts';
import { type Dovecot, dovecot } from '../../support/dovecot.ts';
import type { AirCount } from '../harness/air-meter.ts';
import { compileScripts } from '../harness/compile.ts';
import type { ManyMessages } from '../harness/mailbox.ts';
import { scratchDirectory } from '../harness/scratch.ts';
import { slowProxy } from '../harness/slow-proxy.ts';
import { hintOf, type Scene, wrongAtServer, wrongInCopy } from './expected.ts';
import { fetchmail } from './fetchmail.ts';
import { imapflow } from './imapflow.ts';
import { mbsync } from './mbsync.ts';
import type { Use } from './measured.ts';
import type { MakePeer, Peer, PeerName } from './peer.ts';
import { ringpost } from './ringpost.ts';
import { NETWORKS, type NetworkName } from './rows.ts';
import { atServer, deliver, expungeAtServer, flagAtServer, makeDovecotInbox } from './server-mailbox.ts';

export const PEERS: Readonly<Record<PeerName, MakePeer>> = { ringpost, mbsync, imapflow, fetchmail };

export interface Measured {
  readonly air: AirCount;
  readonly use: Use;
  /** What should be and is not; a sentence each. */
  readonly wrong: readonly string[];
}

/** One Dovecot behind one proxy, and peers in step with it, each with a mailbox of its own; all of them have the same messages. */
export interface Rig extends AsyncDisposable {
  readonly peers: readonly Peer[];
  /** What the scene has at the server, for every peer. */
  prepare(scene: Scene): Promise<void>;
  /** What the scene has in the copy, a synchronisation over this network, and whether it did what it should. */
  measure(peer: Peer, network: NetworkName, scene: Scene, signal: AbortSignal): Promise<Measured>;
}

export interface RigOptions {
  readonly peers: readonly PeerName[];
  readonly many: ManyMessages;
  readonly progress: (line: string) => void;
}

export async function airRig(
  { peers: names, many, progress }: RigOptions,
  signal: AbortSignal,
): Promise<Rig> {
  const owned = new Disposables();
  try {
    const scratch = owned.use(await scratchDirectory());
    const scripts = owned.use(await compileScripts(signal));
    const server = owned.use(await dovecot());
    const proxy = owned.use(await slowProxy(server.imaps));
    const peers: Peer[] = [];
    for (const name of names) {
      progress(
        `${name}: a mailbox of ${many.count.toLocaleString('en')} messages, and a copy in step with it`,
      );
      const directory = join(scratch.path, name);
      await mkdir(directory);
      await makeDovecotInbox(server, name, many);
      const parts = { server, port: proxy.port, user: name, directory, many, scripts: scripts.path };
      const peer = await PEERS[name](parts);
      await peer.settle(signal);
      peers.push(peer);
    }
    return {
      peers,
      prepare: (scene) => prepare(server, peers, scene),
      async measure(peer, network, scene, signal) {
        const goesUp = scene.inCopy.flagged.length > 0;
        if (goesUp) await peer.change(scene.inCopy);
        await proxy.idle();
        proxy.take();
        Object.assign(proxy.conditions, NETWORKS[network]);
        const run = await peer.synchronise(hintOf(scene), signal);
        Object.assign(proxy.conditions, INSTANT_CONDITIONS);
        await proxy.idle();
        const after = goesUp ? wrongAtServer(scene, await lookAt(server, peer, scene)) : [];
        return { air: proxy.take(), use: run.use, wrong: [...wrongInCopy(peer, scene, run), ...after] };
      },
      [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
    };
  } catch (error) {
    await owned[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

async function prepare(server: Dovecot, peers: readonly Peer[], scene: Scene): Promise<void> {
  const { flagged, removed } = scene.atServer;
  for (const { user } of peers) {
    if (scene.mails.length > 0) await deliver(server, user, scene.mails);
    if (flagged.length > 0) await flagAtServer(server, user, flagged);
    if (removed.length > 0) await expungeAtServer(server, user, removed);
  }
}

function lookAt(server: Dovecot, { user }: Peer, { inCopy }: Scene): ReturnType<typeof atServer> {
  return atServer(server, user, [...inCopy.flagged, ...inCopy.removed]);
}
