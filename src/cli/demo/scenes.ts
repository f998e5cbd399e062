import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { codeOf, RingpostError } from '../../base/errors.ts';
import type { StepName } from '../../base/steps.ts';
import { sealTrigger } from '../../trigger/seal.ts';
import type { TimedStep, Timeline } from '../timeline.ts';
import { NUMBERS } from './modems.ts';
import { DEVICE, LOST_USER, USER } from './parts.ts';
import type { World } from './world.ts';

/** One thing that the demo shows; it throws when what must happen does not. */
export interface Scene {
  readonly title: string;
  run(world: World, timeline: Timeline): Promise<void>;
}

/** From the mail server to the report, in this order. */
const WHOLE_CHAIN: readonly StepName[] = ['stored', 'first-trigger', 'address-book'];
const SESSION: readonly StepName[] = [
  'data-session',
  'request',
  'synchronised',
  'report-received',
  'report',
  'closed',
];

export const scenes: readonly Scene[] = [
  {
    title: 'SMS trigger: mail in the handheld',
    async run(world, timeline) {
      const since = timeline.mark();
      await send(world, USER.address, 'First light');
      await expectAll(timeline, since, [...WHOLE_CHAIN, 'sms-sent', 'sms', 'cmti', 'verified', ...SESSION]);
      await expectMail(world, ['First light']);
    },
  },
  {
    title: 'Call trigger: hung up, never answered',
    async run(world, timeline) {
      await prefer(world, 'call');
      const since = timeline.mark();
      await send(world, USER.address, 'Rung by a call');
      await expectAll(timeline, since, [...WHOLE_CHAIN, 'call-placed', 'ringing', 'hang-up', ...SESSION]);
      const answered = timeline.steps
        .slice(since)
        .some((step) => step.name === 'call' && step.fields?.answered);
      if (answered) throw failed('the call was answered');
      await expectMail(world, ['Rung by a call']);
      await prefer(world, 'sms');
    },
  },
  {
    title: 'Interval: three mails held back, one trigger',
    async run(world, timeline) {
      await setAtDevice(world, timeline, { intervalSeconds: 4 });
      const since = timeline.mark();
      for (const subject of ['One', 'Two', 'Three']) await send(world, USER.address, subject);
      await expectAll(timeline, since, ['held-back', 'released', 'sms-sent', ...SESSION]);
      const triggers = timeline.steps.slice(since).filter((step) => step.name === 'sms-sent').length;
      if (triggers !== 1)
        throw failed(`${triggers} triggers were sent for mail that was held back, expected 1`);
      await expectMail(world, ['One', 'Two', 'Three']);
    },
  },
  {
    title: 'Switched off: mail waits; on again: it comes',
    async run(world, timeline) {
      await setAtDevice(world, timeline, { on: false });
      const since = timeline.mark();
      await send(world, USER.address, 'While it was off');
      await timeline.expect('held-back', { since });
      await timeline.expectNone('sms-sent', { since, ms: 1500 });
      await setAtDevice(world, timeline, { on: true });
      await expectAll(timeline, since, ['sms-sent', ...SESSION]);
      await expectMail(world, ['While it was off']);
    },
  },
  {
    title: 'Unknown device id: refused, nothing sent',
    async run(world, timeline) {
      const since = timeline.mark();
      await send(world, LOST_USER.address, 'To nobody');
      await expectAll(timeline, since, ['stored', 'first-trigger', 'refused']);
      await timeline.expectNone('sms-sent', { since, ms: 1000 });
    },
  },
  {
    title: 'Forged SMS: refused, no data session',
    async run(world, timeline) {
      const since = timeline.mark();
      const forged = sealTrigger({ id: 1, secret: Buffer.alloc(32, 7) }, DEVICE, 2 ** 40);
      world.modems.network.inject({ from: NUMBERS.server, to: NUMBERS.device, text: forged });
      await expectAll(timeline, since, ['cmti', 'refused']);
      await timeline.expectNone('data-session', { since, ms: 1000 });
    },
  },
  {
    title: 'Replayed SMS: refused, no data session',
    async run(world, timeline) {
      const genuine = timeline.steps.find((step) => step.name === 'sms');
      const since = timeline.mark();
      world.modems.network.inject({ to: NUMBERS.device, pdu: String(genuine?.fields?.tpdu) });
      const refusal = await timeline.expect('refused', { since });
      if (refusal.fields?.refused !== 'replayed')
        throw failed(`refused as ${refusal.fields?.refused}, not as replayed`);
      await timeline.expectNone('data-session', { since, ms: 1000 });
    },
  },
];

/** Sends a mail over SMTP, as any client does. */
export async function send(world: World, to: string, subject: string): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: world.smtpPort,
    secure: false,
    ignoreTLS: true,
  });
  try {
    await transport.sendMail({
      from: 'grace@example.org',
      to,
      subject,
      text: `${subject}.\n\nSent ${new Date().toISOString()}\n`,
    });
  } finally {
    transport.close();
  }
}

/** All of them, in any order; with a session in it, until the session is over and the SMS store was swept. */
async function expectAll(timeline: Timeline, since: number, names: readonly StepName[]): Promise<void> {
  for (const name of names) await timeline.expect(name, { since });
  if (!names.includes('closed')) return;
  const synchronised = await timeline.expect('synchronised', { since });
  await expectSessionEnd(timeline, timeline.steps.indexOf(synchronised));
}

async function expectSessionEnd(timeline: Timeline, since: number): Promise<void> {
  const closed = await timeline.expect('closed', { since });
  await timeline.expect('swept', { since: timeline.steps.indexOf(closed) });
}

/** Changes a setting on the device and waits until the server has been told and the session is over. */
async function setAtDevice(
  world: World,
  timeline: Timeline,
  change: { on?: boolean; intervalSeconds?: number },
): Promise<void> {
  const since = timeline.mark();
  await world.device.setSettings(change);
  await timeline.expect('settings', { since, where: (step) => step.actor === 'server' });
  await expectSessionEnd(timeline, since);
}

async function prefer(world: World, trigger: 'sms' | 'call'): Promise<void> {
  const contact = world.server.addressBook.find(DEVICE);
  if (!contact) throw failed(`${DEVICE} is not in the address book`);
  await world.server.addressBook.add({ ...contact, trigger });
}

/** The mails must be files in the handheld's Maildir, once each. */
async function expectMail(world: World, subjects: readonly string[]): Promise<void> {
  const found = (
    await Promise.all(['new', 'cur'].map((folder) => subjectsIn(join(world.maildir, folder))))
  ).flat();
  for (const subject of subjects) {
    const count = found.filter((one) => one === subject).length;
    if (count !== 1) throw failed(`"${subject}" is ${count} times in the handheld's Maildir, expected once`);
  }
}

async function subjectsIn(directory: string): Promise<(string | undefined)[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.map((text) => /^Subject: (.*?)\r?$/m.exec(text)?.[1]);
}

function failed(message: string): RingpostError {
  return new RingpostError(message, { code: 'demo-step' });
}

/** What the sessions within these steps cost. */
export function costOf(steps: readonly TimedStep[]) {
  const sessions = steps.filter((step) => step.name === 'closed').map((step) => step.fields ?? {});
  const sum = (name: string) => sessions.reduce((total, fields) => total + Number(fields[name] ?? 0), 0);
  return {
    sessions: sessions.length,
    seconds: sum('seconds'),
    bytesUp: sum('bytesUp'),
    bytesDown: sum('bytesDown'),
    roundTrips: sum('roundTrips'),
  };
}
