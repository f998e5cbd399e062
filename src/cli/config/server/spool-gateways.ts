import { z } from 'zod';
import { path, seconds } from '../parts.ts';

/** How long the program may take over a text; less than the two minutes that the server gives a gateway. */
const wait = (otherwise: string) =>
  seconds(otherwise).refine((given) => given >= 1 && given <= 110, 'expected 1s to 110s');

/** smsd of the SMS Server Tools 3; where Debian's package has the directories of its smsd.conf. */
export const smstoolsFields = {
  kind: z.literal('smstools'),
  wait: wait('100s'),
  outgoing: path.default('/var/spool/sms/outgoing'),
  /** `checked` of smsd.conf, or the directories of its [queues]. */
  queues: z.array(path).default(['/var/spool/sms/checked']),
  sent: path.default('/var/spool/sms/sent'),
  failed: path.default('/var/spool/sms/failed'),
};

/** gammu-smsd with `service = files`; where Debian's package has the directories of its gammu-smsdrc. */
export const gammuSmsdFields = {
  kind: z.literal('gammu-smsd'),
  /** It looks each 30 s; what its modem refuses it tries again each second, until it is taken back. */
  wait: wait('60s'),
  outbox: path.default('/var/spool/gammu/outbox'),
  sent: path.default('/var/spool/gammu/sent'),
  error: path.default('/var/spool/gammu/error'),
};
