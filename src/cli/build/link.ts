import type { Clock } from '../../base/clock.ts';
import { ConfigError } from '../../base/config.ts';
import type { Log } from '../../base/log.ts';
import type { DialectName } from '../../link/dialects.ts';
import type { OpenLink } from '../../link/link.ts';
import { climbing } from '../../link/ppp/climbing.ts';
import { openPppLink } from '../../link/ppp/ppp-link.ts';
import { pppdChild } from '../../link/ppp/pppd-child.ts';
import { pppdSocket } from '../../link/ppp/pppd-socket.ts';
import { openSocketsLink } from '../../link/sockets-link.ts';
import type { AtChannel } from '../../modem/at-channel.ts';
import type { Modem } from '../../modem/modem.ts';
import type { Power } from '../../modem/power/power.ts';
import type { DeviceConfig } from '../config/device.ts';

export interface LinkParts {
  readonly modem: Modem;
  readonly channel: AtChannel;
  readonly clock: Clock;
  readonly log: Log;
  /** What can take the modem's power away; the last rung of the ladder. */
  readonly power?: Power | undefined;
}

/** How data sessions are opened, as the configuration says. Throws ConfigError when the modem cannot do it that way. */
export function linkOpener({ link, modem: { apn } }: DeviceConfig, parts: LinkParts): OpenLink {
  const { modem, channel, clock, power } = parts;
  const log = parts.log.child({ room: 'link' });
  if (link.kind === 'sockets') {
    const point = apn === undefined ? {} : { apn: { name: apn } };
    const dialect = socketsOf(modem);
    return (signal) => openSocketsLink({ channel, clock, log, dialect, ...point }, signal);
  }
  const { peer, run, socket } = link;
  const startPppd = socket === undefined ? pppdChild({ peer, clock }) : pppdSocket({ path: socket, run });
  const open: OpenLink = (signal) => openPppLink({ modem, startPppd, run, clock, log }, signal);
  return climbing({ open, modem, power, clock, log });
}

/** The dialect that the profile of the modem names. */
function socketsOf({ profile: { name, sockets } }: Modem): DialectName {
  if (sockets) return sockets;
  const problem = `the profile ${name} of this modem names no sockets: set kind = "ppp", or [modem] profile if it is another modem`;
  throw new ConfigError('device.toml', [{ key: 'link.kind', problem }]);
}
