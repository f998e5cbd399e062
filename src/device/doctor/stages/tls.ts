import { asError } from '../../../base/errors.ts';
import { startTls } from '../../../mail/connection/tls.ts';
import { MailError } from '../../../mail/errors.ts';
import { BUILT } from '../../state/time.ts';
import type { Peer, Room } from '../room.ts';
import { Ailment, type Stage } from '../stage.ts';
import { reach } from './data-session.ts';

/** Is the clock believable, and do the servers' certificates hold? */
export const tls: Stage = {
  name: 'tls',
  title: 'TLS and the clock',
  needs: ['names'],
  mend: 'is this the TLS port of the server? 993 for IMAP, 8883 for MQTT',
  async check(room, signal) {
    const { clock, messageServer, mailServer } = room.patient;
    if (clock.now() < BUILT) throw wrongClock(room);
    for (const peer of [messageServer, mailServer]) await handshake(room, peer, signal);
    const checked = [messageServer, mailServer].filter((peer) => peer.tls).map(({ host }) => host);
    return checked.length > 0 ? `holds at ${[...new Set(checked)].join(', ')}` : 'none is configured';
  },
};

async function handshake(room: Room, peer: Peer, signal: AbortSignal): Promise<void> {
  if (!peer.tls) return;
  // A refused connection is the next stage's finding, which names the server.
  const stream = await reach(room, peer, signal).catch(() => undefined);
  if (!stream) return;
  try {
    const { clock } = room.patient;
    await startTls(stream, {
      ...peer.tls,
      host: peer.host,
      clock,
      clockFloor: floor(room),
      onTicket: () => {},
    });
  } catch (error) {
    throw explain(room, peer, error);
  } finally {
    stream.destroy();
  }
}

/** It is later than this. */
function floor({ networkTime }: Room): number {
  return Math.max(BUILT, networkTime ?? 0);
}

const MENDS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'set servername in device.toml to a name in the certificate, or use that name as host',
  CERT_HAS_EXPIRED: 'renew the certificate at the server',
  CERT_NOT_YET_VALID: 'set the clock of this machine, or of the one that made the certificate',
};
const UNKNOWN_AUTHORITY =
  'set ca in device.toml to the PEM file of the authority; for a server of Ringpost its own certificate, STATE/tls/*.crt';

function explain(room: Room, peer: Peer, error: unknown): Ailment {
  const text = `${peer.host}:${peer.port}: ${asError(error).message}`;
  const fields = error instanceof MailError ? error.fields : {};
  if (fields.clockWrong === true) return wrongClock(room, error);
  const reason = typeof fields.tls === 'string' ? fields.tls : '';
  const authority = /SELF_SIGNED|UNABLE_TO|ISSUER/.test(reason);
  const mend = MENDS[reason] ?? (authority ? UNKNOWN_AUTHORITY : tls.mend);
  return new Ailment(reason ? 'certificate' : 'no-tls', text, mend, error);
}

function wrongClock(room: Room, cause?: unknown): Ailment {
  const shown = new Date(room.patient.clock.now()).toISOString();
  const later = new Date(floor(room)).toISOString();
  const text = `the clock of this machine says ${shown}, but it is later than ${later}`;
  return new Ailment(
    'clock-wrong',
    text,
    'sudo date -s "YYYY-MM-DD HH:MM"; a Pi without a clock battery needs it after each power cut',
    cause,
  );
}
