import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Figures, Row } from './harness/benchmark.ts';
import { startChild } from './harness/child.ts';
import { compileScripts } from './harness/compile.ts';
import type { MessageServerAnswer, MessageServerJob } from './harness/message-server-process.ts';
import { scratchDirectory } from './harness/scratch.ts';

const SIZES = [1000, 10_000, 100_000];
const TRIGGERS = 300;
/** Files that are written at a time. */
const WRITERS = 64;
/** How much more a trigger may take of the processor with the most devices than with the fewest. */
const FLAT = 2;

export const benchmark: Benchmark = {
  measures: `Cost of a first trigger with ${SIZES.map((size) => size.toLocaleString('en')).join(', ')} devices, of a new contact, of a start; memory`,
  how: `The real message server with its documents on the disk that holds the temporary directory, in a process of its own, compiled as
by npm run build; bus and gateway are in memory. ${TRIGGERS} first triggers for devices at rest, one after another, each until its second
trigger is recorded as sent. Every hundredth device is owed something at the start. RSS when all is scheduled, and the peak (VmHWM).`,
  async run(signal, { progress }): Promise<Figures> {
    await using scripts = await compileScripts(signal);
    const answers: MessageServerAnswer[] = [];
    for (const devices of SIZES) {
      progress(`${devices} devices`);
      await using scratch = await scratchDirectory();
      await prepare(scratch.path, devices, signal);
      const job: MessageServerJob = { state: scratch.path, devices, triggers: TRIGGERS };
      const script = join(scripts.path, 'message-server-process.js');
      await using child = await startChild<MessageServerAnswer>(script, job, signal);
      answers.push(child.answer);
    }
    return {
      rows: answers.map((answer, index) => row(SIZES[index] ?? 0, answer)),
      problems: problems(answers),
    };
  },
};

function row(devices: number, answer: MessageServerAnswer): Row {
  const { trigger, contact, startMs, scheduledMs } = answer;
  return {
    devices,
    'trigger, ms': trigger.ms,
    'CPU ms': trigger.cpuMs,
    'bytes written': Math.round(trigger.bytes),
    fsyncs: trigger.syncs,
    'contact, ms': contact.ms,
    'contact, bytes': Math.round(contact.bytes),
    'serves after, s': startMs / 1000,
    'all scheduled, s': scheduledMs / 1000,
    'RSS, MB': Math.round(answer.startMegabytes),
    'peak, MB': Math.round(answer.peakMegabytes),
  };
}

function problems(answers: readonly MessageServerAnswer[]): string[] {
  const [few, many] = [answers[0], answers.at(-1)];
  if (!few || !many) return [];
  return [
    ...(many.trigger.bytes > 1.2 * few.trigger.bytes
      ? ['a trigger writes more the more devices there are']
      : []),
    ...(many.trigger.syncs > few.trigger.syncs
      ? ['a trigger needs more fsyncs the more devices there are']
      : []),
    ...(many.contact.bytes > 1.2 * few.contact.bytes ? ['a contact writes more the more there are'] : []),
    ...(many.trigger.cpuMs > FLAT * few.trigger.cpuMs
      ? ['a trigger computes longer the more devices there are']
      : []),
  ];
}

/** What a message server left behind that knows so many devices. */
async function prepare(state: string, devices: number, signal: AbortSignal): Promise<void> {
  const names = Array.from({ length: devices }, (_, index) => `pocket-${index}`);
  const book = names.map(
    (device, index) => `${JSON.stringify({ key: device, value: contact(device, index) })}\n`,
  );
  await writeFile(join(state, 'address-book.json'), book.join(''), { mode: 0o600 });
  await mkdir(join(state, 'devices'));
  const left = names.entries();
  const write = async () => {
    for (const [index, device] of left) {
      signal.throwIfAborted();
      await writeFile(join(state, 'devices', `${device}.json`), JSON.stringify(document(index)));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

function contact(device: string, index: number) {
  const secret = index.toString(16).padStart(64, 'a5');
  const number = `+491${String(index).padStart(10, '0')}`;
  return { device, number, trigger: 'sms', gateways: [], key: { id: 1, secret } };
}

/** One of a device that has synchronised yesterday, after some forty mails. */
function document(index: number) {
  const yesterday = Date.now() - 86_400_000;
  const place = { mailbox: 'INBOX', uidvalidity: 7, uidnext: 500 };
  const owed = index % 100 === 0 ? [{ ...place, uidnext: 502, count: 2, size: 4000 }] : [];
  const due = Date.now() + 3_600_000;
  const server = { on: true, intervalSeconds: 600, revision: 0, seen: 0 };
  return {
    owed,
    reached: [place],
    settings: { server, device: null },
    lastSync: yesterday,
    lastReport: `b7f1c9ce-8f0a-4a6c-9a53-${index}:${yesterday}`,
    outstanding:
      owed.length > 0 ? { request: `r-${index}`, attempt: 1, phase: 'sent', due, failures: 0 } : null,
    counter: Math.floor(yesterday / 1000),
    reportedCounter: Math.floor(yesterday / 1000),
    sent: [yesterday],
    sentByDay: [],
    events: Array.from({ length: 40 }, (_, event) => `8d0f2b8e-3f52-4f0e-8a4e-${index}-${event}`),
  };
}
