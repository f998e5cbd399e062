import { asError } from '../base/errors.ts';
import { type ListedCall, listCalls } from './call-list.ts';
import type { ModemContext } from './context.ts';
import { ModemError } from './errors.ts';
import { isRefusal } from './initialise.ts';
import type { Profile } from './profile.ts';

type Rung = Profile['hangUp'][number];

/** Some modems take a while until +CLCC forgets a call. */
const CHECKS = 4;
const CHECK_PAUSE_MS = 300;
const RUNG_TIMEOUT_MS = 5000;

export interface HangUpState {
  /** Something rings although +CLCC may not list it yet. */
  readonly mayRing: boolean;
  /** A data call is up, which few modems list. */
  readonly dataCall: boolean;
}

/**
 * Ends every voice call, gentlest way of the profile first, until +CLCC lists none. Data calls are left alone.
 * Rejects with ModemError `hang-up-failed`
 * (temporary), which names all that was tried.
 */
export async function hangUpCalls(
  context: ModemContext,
  { mayRing, dataCall }: HangUpState,
  signal?: AbortSignal,
): Promise<void> {
  let calls = await listCalls(context, signal);
  if (!mayRing && calls && !calls.some(isVoice)) return;
  const tried: string[] = [];
  for (const rung of context.profile.hangUp) {
    if (rung.endsData && (dataCall || calls?.some((call) => !isVoice(call)))) continue;
    const accepted = await climb(context, rung, calls ?? [], tried, signal);
    calls = await callsLeft(context, signal);
    // A modem that cannot list calls is believed when it accepts the command.
    if (calls ? !calls.some(isVoice) : accepted) return;
  }
  throw new ModemError(
    `hanging up on ${context.channel.path}: a call is still there after ${tried.join('; ')}`,
    {
      code: 'hang-up-failed',
      temporary: true,
      fields: { tried, left: calls?.filter(isVoice).map(({ id, state }) => ({ id, state })) },
    },
  );
}

/** Runs one rung and notes in `tried` what came back; returns whether all of it was accepted. */
async function climb(
  { channel }: ModemContext,
  rung: Rung,
  calls: readonly ListedCall[],
  tried: string[],
  signal?: AbortSignal,
): Promise<boolean> {
  let accepted = true;
  const options = { timeout: RUNG_TIMEOUT_MS, signal };
  for (const text of rung.commands.flatMap((command) => fillIn(command, calls))) {
    try {
      const { final } = await channel.command(text, options);
      tried.push(`${text}: ${final}`);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ModemError && error.code === 'line-closed') throw error;
      accepted = false;
      tried.push(isRefusal(error) ? asError(error).message : `${text}: ${asError(error).message}`);
    }
  }
  return accepted;
}

async function callsLeft(context: ModemContext, signal?: AbortSignal): Promise<ListedCall[] | undefined> {
  for (let check = 1; ; check += 1) {
    const calls = await listCalls(context, signal);
    if (check === CHECKS || !calls?.some(isVoice)) return calls;
    await context.clock.sleep(CHECK_PAUSE_MS, signal);
  }
}

function fillIn(command: string, calls: readonly ListedCall[]): string[] {
  if (!command.includes('{id}')) return [command];
  return calls.filter(isVoice).map(({ id }) => command.replace('{id}', String(id)));
}

function isVoice({ voice }: ListedCall): boolean {
  return voice;
}
