import { callControl } from '../../base/control.ts';
import { showBytes, showSeconds } from '../../base/quantity.ts';
import type { SessionRecord } from '../../device/state/history.ts';
import { sayOutbox } from '../../device/words.ts';
import { showProgress } from '../build/process.ts';
import type { Command } from '../command.ts';
import { loadDeviceConfig } from '../config/device-file.ts';

export const sync: Command = {
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: "the device's configuration" },
    consent: { type: 'boolean', help: 'agree to a download over the budgets' },
    wifi: { type: 'boolean', help: 'over the network of this machine, without a call: all mails come whole' },
    'accept-deletions': {
      type: 'string',
      multiple: true,
      value: 'MAILBOX',
      help: 'that many messages of it went at once is right: delete them at the other side, too',
    },
    json: { type: 'boolean', help: 'print the session as JSON' },
  },
  details: `
Exit code 0: in step; 1: not, or not whole (the reason is printed); 75: not now, try again.

  ringpost sync --config /etc/ringpost/device.toml`,
  async run(args, signal) {
    const { socket } = await loadDeviceConfig(args.text('config'));
    const consent = args.flag('consent');
    const acceptDeletions = args.texts('accept-deletions');
    const record = (await callControl(
      socket,
      'sync',
      { consent, acceptDeletions, ownNetwork: args.flag('wifi') },
      { signal, onProgress: showProgress },
    )) as SessionRecord;
    process.stdout.write(args.flag('json') ? `${JSON.stringify(record)}\n` : `${inWords(record)}\n`);
    const isSent = !record.outbox || record.outbox.refused + record.outbox.left === 0;
    return isSent && (record.result === 'ok' || record.result === 'nothing') ? 0 : 1;
  },
};

/** `in step: 3 new mails (4.2 kB); sent 2 mails; 4.1 s on the air, 5.9 kB up and down, 3 round trips`. */
export function inWords(record: SessionRecord): string {
  const { seconds, bytesUp, bytesDown, roundTrips } = record.cost;
  const what = {
    ok: 'in step',
    nothing: 'nothing to do',
    settings: 'settings told',
    partial: 'partly in step',
    failed: 'not in step',
    off: 'switched off',
  }[record.result];
  const mails =
    record.fetched > 0
      ? `: ${record.fetched} new mail${record.fetched === 1 ? '' : 's'} (${showBytes(record.fetchedBytes)})`
      : '';
  const cost = `${showSeconds(seconds)} on the air, ${showBytes(bytesUp)} up, ${showBytes(bytesDown)} down, ${roundTrips} round trips`;
  const sent = record.outbox ? `; ${sayOutbox(record.outbox)}` : '';
  const lines = [...(record.reason ? [record.reason] : []), ...(record.outbox?.said ?? [])];
  return [`${what}${mails}${sent}; ${cost}`, ...lines].join('\n');
}
