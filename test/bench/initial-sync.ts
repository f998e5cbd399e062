import type { Benchmark, Figures } from './harness/benchmark.ts';
import { type ManyMessages, makeServerInbox } from './harness/mailbox.ts';
import { type SyncPlaces, syncRig } from './harness/sync-rig.ts';

const MESSAGES = 2000;
const MANY: ManyMessages = {
  count: MESSAGES,
  text: `Subject: x\n\n${'What follows is a line of text of ordinary length.\n'.repeat(80)}`,
};

export const benchmark: Benchmark = {
  measures: `The first sync of a mailbox with ${MESSAGES.toLocaleString('en')} messages of 4 kB`,
  how: `From the embedded server in another process, over TLS on loopback, into a new copy on this disk, each message fsynced.
Peak RSS is that of the syncing process, compiled as by npm run build. All messages are alike, so bytes say nothing about compression.`,
  async run(signal): Promise<Figures> {
    await using rig = await syncRig(prepare, signal);
    const { mailbox, seconds, peakMegabytes, wire, result } = await rig.synchronise('anna');
    const whole = mailbox?.result === 'ok' && mailbox.fetched === MESSAGES;
    return {
      rows: [
        {
          messages: mailbox?.fetched ?? 0,
          seconds,
          'messages/s': (mailbox?.fetched ?? 0) / seconds,
          'message bytes': mailbox?.fetchedBytes ?? 0,
          'bytes down': wire.bytesDown,
          'round trips': result.cost.roundTrips,
          'peak RSS, MB': peakMegabytes,
        },
      ],
      problems: whole ? [] : [`not all came: ${JSON.stringify(mailbox)}`],
    };
  },
};

async function prepare({ server }: SyncPlaces): Promise<void> {
  await makeServerInbox(server, 'anna', MANY);
}
