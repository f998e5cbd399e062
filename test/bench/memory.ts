import type { Benchmark, Figures, Row } from './harness/benchmark.ts';
import { type ManyMessages, makeDeviceCopy, makeServerInbox } from './harness/mailbox.ts';
import { type Synchronised, type SyncPlaces, syncRig } from './harness/sync-rig.ts';

const MESSAGES = 100_000;
const LIMIT_MB = 150;
const MANY: ManyMessages = { count: MESSAGES, text: 'Subject: x\n\n' };
const IN_STEP = `${MESSAGES.toLocaleString('en')} messages, no change`;

export const benchmark: Benchmark = {
  measures: `Memory of a no-change sync with ${MESSAGES.toLocaleString('en')} messages in the copy; at most ${LIMIT_MB} MB`,
  how: `The real copy on the disk and the embedded IMAP server with the same messages in another process, over TLS on loopback.
Each line is a process of its own, compiled as by npm run build; peak RSS is the kernel's (VmHWM). Bytes are counted at a proxy.`,
  async run(signal): Promise<Figures> {
    await using rig = await syncRig(prepare, signal);
    const loaded = await rig.synchronise('bert', false);
    await rig.synchronise('bert');
    const empty = await rig.synchronise('bert');
    const read = await rig.synchronise('anna');
    const unchanged = await rig.synchronise('anna');
    return {
      rows: [
        row('modules loaded, no sync', loaded),
        row('empty mailbox, no change', empty),
        row(`${IN_STEP}; folders to be read, server unknown`, read),
        row(`${IN_STEP}; folders as they were, server known`, unchanged),
      ],
      problems: [empty, read, unchanged].flatMap(problemsOf),
    };
  },
};

async function prepare({ server, device }: SyncPlaces): Promise<void> {
  await makeServerInbox(server, 'anna', MANY);
  await makeDeviceCopy(device('anna'), MANY);
}

function row(what: string, { peakMegabytes, seconds, wire, result }: Synchronised): Row {
  return {
    what,
    'peak RSS, MB': peakMegabytes,
    'bytes up': wire.bytesUp,
    'bytes down': wire.bytesDown,
    'round trips': result.cost.roundTrips,
    seconds,
  };
}

function problemsOf({ mailbox, peakMegabytes }: Synchronised): string[] {
  const changes = (mailbox?.fetched ?? 1) + (mailbox?.flagged ?? 1) + (mailbox?.expunged ?? 1);
  const inStep = mailbox?.result === 'ok' && changes === 0;
  return [
    ...(inStep ? [] : [`this was no sync without a change: ${JSON.stringify(mailbox)}`]),
    ...(peakMegabytes <= LIMIT_MB ? [] : [`${peakMegabytes.toFixed(0)} MB, the limit is ${LIMIT_MB} MB`]),
  ];
}
