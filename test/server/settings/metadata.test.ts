import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { changeSettings, initialSettings, mergeSettings } from '../../../src/bus/settings.ts';
import { type Settings, topics } from '../../../src/bus/topics.ts';
import { ENTRIES } from '../../../src/server/annotations.ts';
import { type SettingsAgent, startSettingsAgent } from '../../../src/server/settings/settings-agent.ts';
import { MemoryAnnotations } from '../../support/memory-annotations.ts';
import { MemoryFiles } from '../../support/memory-files.ts';
import { HOUR, Office } from '../../support/message-office.ts';

/** The mail server's side: its mailbox with annotations, its disk, its agent at the office's broker. */
class MailSide {
  readonly office: Office;
  readonly mailbox: MemoryAnnotations;
  readonly files: MemoryFiles;
  agent!: SettingsAgent;

  constructor(office: Office, mailbox: MemoryAnnotations, files = new MemoryFiles()) {
    this.office = office;
    this.mailbox = mailbox;
    this.files = files;
  }

  static async at(office: Office, entries: Record<string, string> = {}): Promise<MailSide> {
    const side = new MailSide(office, new MemoryAnnotations({ [ENTRIES.device]: 'cabin-1', ...entries }));
    await side.start();
    return side;
  }

  async start(): Promise<void> {
    const { clock, broker } = this.office;
    const bus = broker.connect({ name: 'mail-2', role: 'mail-server' });
    const { files } = this;
    this.agent = await startSettingsAgent({ bus, stateDirectory: '/settings', clock, files, log: silentLog });
    onTestFinished(() => this.agent[Symbol.asyncDispose]());
    this.agent.follow(this.mailbox);
    await this.settle();
  }

  /** The process dies now; another one starts over what is on the disk, and the same mailbox. */
  async crash(office = this.office): Promise<MailSide> {
    const files = this.files.copy();
    await this.agent[Symbol.asyncDispose]();
    const next = new MailSide(office, this.mailbox, files);
    await next.start();
    return next;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) await this.office.settle();
  }

  get shown(): (string | undefined)[] {
    return [this.mailbox.entries.get(ENTRIES.push), this.mailbox.entries.get(ENTRIES.interval)];
  }

  async set(entry: string, value: string): Promise<void> {
    this.mailbox.set(entry, value);
    await this.settle();
  }
}

/** The device's document after its user's change, knowing what it heard last. */
async function changeAtDevice(
  office: Office,
  before: Settings,
  change: { on?: boolean; intervalSeconds?: number },
) {
  const mine = changeSettings(before, office.serverSettings.at(-1), change);
  await office.device.publish(topics.deviceSettings('cabin-1'), mine);
  await office.settle();
  return mine;
}

const FRESH = initialSettings({ on: true, intervalSeconds: 300 });
const settingsAt = async (office: Office) => (await office.server.status('cabin-1')).settings;

test('R10 switched off by METADATA nothing is sent and the device is told; on again it comes', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office);
  await side.set(ENTRIES.push, 'off');
  expect(await settingsAt(office)).toMatchObject({ on: false });
  expect(mergeSettings(FRESH, office.serverSettings.at(-1)).effective.on).toBe(false);
  await office.arrive(2);
  expect(office.network.texts).toEqual([]);
  await side.set(ENTRIES.push, 'on');
  expect(office.network.texts).toHaveLength(1);
});

test('R12 the interval is changed by METADATA; what the message server has is written there at the start', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 300 } });
  const side = await MailSide.at(office);
  expect(side.shown).toEqual(['on', '300s']);
  await side.set(ENTRIES.interval, '2h');
  expect(await settingsAt(office)).toEqual({ on: true, intervalSeconds: 7200 });
  await side.settle();
  expect(side.shown).toEqual(['on', '2h']);
});

test('R10 R12 a change at the device, and one at the message server, is what the annotations say', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office);
  await changeAtDevice(office, FRESH, { on: false, intervalSeconds: 900 });
  await side.settle();
  expect(side.shown).toEqual(['off', '900s']);
  await office.server.setSettings('cabin-1', { on: true, intervalSeconds: 60 });
  await side.settle();
  expect(side.shown).toEqual(['on', '60s']);
});

test('R10 an off that was there before anybody told anything is the word of the user', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office, { [ENTRIES.push]: 'off' });
  expect(await settingsAt(office)).toMatchObject({ on: false });
  expect(side.shown[0]).toBe('off');
});

test('R10 an on by METADATA that did not know of an off does not replace it, and the annotation says so', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office);
  await side.set(ENTRIES.push, 'off');
  // The device says off too; the mail server does not hear of it before its user says on.
  office.broker.drop('mail-2');
  await changeAtDevice(office, FRESH, { on: false });
  side.mailbox.set(ENTRIES.push, 'on');
  await side.settle();
  const later = await side.crash();
  await later.settle();
  expect(await settingsAt(office)).toMatchObject({ on: false });
  expect(later.shown[0]).toBe('off');
  await later.set(ENTRIES.push, 'on');
  expect(await settingsAt(office)).toMatchObject({ on: true });
});

test('R9 a choice made while the message server is away is on the disk, and reaches it when it is there', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office);
  await office.server[Symbol.asyncDispose]();
  office.broker.drop('message');
  await side.set(ENTRIES.push, 'off');
  expect(side.agent.status('cabin-1')).toMatchObject({ settings: { on: false }, told: false });
  const back = await office.crash();
  const later = await side.crash(back);
  await later.settle();
  expect(await settingsAt(back)).toMatchObject({ on: false });
  expect(later.agent.status('cabin-1')).toMatchObject({ settings: { on: false }, told: true });
});

test('a choice that comes twice counts once', async () => {
  const office = await Office.open();
  const change = { event: 'e-1', device: 'cabin-1', on: false, knew: 0 };
  await office.mail.publish(topics.settingsChange, change);
  await office.settle();
  await office.server.setSettings('cabin-1', { on: true });
  await office.mail.publish(topics.settingsChange, change);
  await office.settle();
  expect(await settingsAt(office)).toMatchObject({ on: true });
  expect(office.broker.on('ringpost/settings/effective').at(-1)).toMatchObject({
    event: 'e-1',
    settings: { on: true },
  });
});

test('settings for a device that is not in the address book are refused and change nothing', async () => {
  const office = await Office.open();
  await office.mail.publish(topics.settingsChange, { event: 'e-1', device: 'nobody-7', on: false, knew: 0 });
  await office.settle();
  expect(office.broker.on('ringpost/settings/effective')).toEqual([
    { device: 'nobody-7', event: 'e-1', refused: 'unknown device id' },
  ]);
  expect(office.files.content.has('/state/devices/nobody-7.json')).toBe(false);
});

test('R10 a message server that lost its state hears the off again', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office);
  await side.set(ENTRIES.push, 'off');
  const fresh = await Office.open({ clock: office.clock });
  const later = await side.crash(fresh);
  await later.settle();
  expect(await settingsAt(fresh)).toMatchObject({ on: false });
  expect(later.shown[0]).toBe('off');
});

test('what could not be written into the annotations is no choice of the user when it is read again', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office);
  side.mailbox.beforeWrite = () => {
    throw new Error('the connection broke');
  };
  await changeAtDevice(office, FRESH, { on: false });
  await side.settle();
  expect(side.shown[0]).toBe('on');
  side.mailbox.beforeWrite = () => {};
  const later = await side.crash();
  await later.settle();
  expect(await settingsAt(office)).toMatchObject({ on: false });
  expect(later.shown[0]).toBe('off');
});

test('what a broker lost is asked for within the hour', async () => {
  const office = await Office.open();
  const side = await MailSide.at(office);
  // Told to nobody: as if the broker had died with it.
  office.broker.drop('mail-2');
  await office.server.setSettings('cabin-1', { on: false });
  const later = await side.crash();
  await later.settle();
  await office.clock.advance(HOUR);
  await later.settle();
  expect(later.shown[0]).toBe('off');
});
