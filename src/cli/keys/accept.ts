import { readFile } from 'node:fs/promises';
import { callControl } from '../../base/control.ts';
import { codeOf } from '../../base/errors.ts';
import { guardFile, openEnrolment } from '../../device/enrolled.ts';
import type { Enrolment } from '../../enrolment/enrolment.ts';
import { EnrolmentError } from '../../enrolment/errors.ts';
import { readEnrolment } from '../../enrolment/text.ts';
import { type Arguments, UsageError } from '../command.ts';
import { loadForAccept } from '../config/device-file.ts';
import { readTyped } from './read-secret.ts';

type Loaded = Awaited<ReturnType<typeof loadForAccept>>;
type Accepted = { readonly outcome: 'taken' | 'known'; readonly running: boolean };

/** `ringpost keys accept [TEXT]`: the device takes what the server made; without a text, the keys of device.toml. */
export async function accept(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const loaded = await loadForAccept(args.text('config'));
  const text = await givenText(args, operands, signal);
  if (text === undefined) return start(loaded);
  const given = readEnrolment(text);
  if (loaded.device !== undefined && loaded.device !== given.device) {
    throw new EnrolmentError(
      `This text is for ${given.device}, but device.toml says that this is ${loaded.device}`,
      {
        code: 'other-device',
      },
    );
  }
  say(given, await take(loaded, text, given, signal));
  return 0;
}

async function givenText(args: Arguments, operands: readonly string[], signal: AbortSignal) {
  const [text, ...more] = operands;
  const file = args.text('file');
  if (more.length > 0 || (file !== undefined && text !== undefined)) {
    throw new UsageError('expected one text, in quotes if there are spaces in it, or --file');
  }
  if (file !== undefined) return readFile(file, 'utf8');
  return text === '-' ? readTyped('enrolment text: ', signal) : text;
}

async function start({ state, configured }: Loaded): Promise<number> {
  if (configured.length === 0) {
    throw new UsageError(
      'expected the text that "ringpost keys enrol" printed at the server, or "-" for standard input',
    );
  }
  await (await openEnrolment(state)).start(configured);
  process.stdout.write(`${guardFile(state)}: replay counters started\n`);
  return 0;
}

/** The state has one owner: a running agent takes the text itself. */
async function take(loaded: Loaded, text: string, given: Enrolment, signal: AbortSignal): Promise<Accepted> {
  try {
    const { outcome } = (await callControl(loaded.socket, 'accept', { text }, { signal })) as Accepted;
    return { outcome, running: true };
  } catch (error) {
    if (codeOf(error) !== 'no-agent') throw error;
    const store = await openEnrolment(loaded.state);
    return { outcome: await store.accept(given, loaded.configured), running: false };
  }
}

function say({ device, key, servers }: Enrolment, { outcome, running }: Accepted): void {
  if (outcome === 'known') {
    process.stdout.write(`${device}: key ${key.id} was accepted before; nothing changed\n`);
    return;
  }
  process.stdout.write(`${device}: ${servers ? 'enrolled, with' : 'has'} key ${key.id}\n`);
  if (servers && running) process.stdout.write('restart the agent: it still uses the servers of before\n');
}
