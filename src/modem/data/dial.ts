import { asError, codeOf } from '../../base/errors.ts';
import type { DataAtChannel } from '../channel.ts';
import type { ModemContext } from '../context.ts';
import type { DataPhase } from '../data-phase.ts';
import { ModemError } from '../errors.ts';
import { fieldsOf } from '../info-line.ts';
import { applyEntries, waitUntilAlive } from '../initialise.ts';

export interface DialOptions {
  /** Of the modem; `context.channel` answers AT commands where the call has a channel of its own. */
  readonly context: ModemContext;
  /** Carries the call; may be the same. */
  readonly channel: DataAtChannel;
}

/** S7, the wait for the carrier, is 60 s by default (V.250 6.3.10). */
const CONNECT_TIMEOUT_MS = 60_000;

/** What a refused dialling means. */
const WORDS: Readonly<Record<string, string>> = {
  'no-carrier': 'the packet network did not take the call: access point name, or no data service',
  'no-dialtone': 'no dial tone to the packet network: no network, or not attached to it',
  busy: 'the data connection is in use already',
  'no-answer': 'the packet network does not answer',
  error: 'the modem does not take the dial command in its state',
  'cme-error': 'the modem or the network refuses the data call',
};

/**
 * Dials with the strings of the profile, in their order, until one connects. Rejects with ModemError: `timeout`,
 * `aborted`, `line-closed`, or the code of the last refusal (`no-carrier`, `no-dialtone`, `busy`, `error`, `cme-error`), with what
 * it means and what the network reported (+CEER) in the message and in `fields`.
 */
export async function dialData(options: DialOptions, signal?: AbortSignal): Promise<DataPhase> {
  await prepare(options, signal);
  const refusals: ModemError[] = [];
  for (const text of options.context.profile.data.dial) {
    try {
      return await options.channel.data(text, { timeout: CONNECT_TIMEOUT_MS, signal });
    } catch (error) {
      if (!(error instanceof ModemError) || WORDS[error.code] === undefined) throw error;
      refusals.push(error);
      options.context.log.debug({ reason: error.message }, 'dialling was refused');
    }
  }
  throw await explain(options.context, refusals, signal);
}

/** Echo and error codes are set for each port of its own (V.250 6.2.4, 3GPP TS 27.007 9.1). */
async function prepare({ context, channel }: DialOptions, signal?: AbortSignal): Promise<void> {
  const on = { ...context, channel };
  if (channel !== context.channel) {
    await waitUntilAlive(on, signal);
    await applyEntries(on, context.profile.init, signal);
  }
  await applyEntries(on, context.profile.data.settings, signal);
}

async function explain(
  context: ModemContext,
  refusals: readonly ModemError[],
  signal?: AbortSignal,
): Promise<ModemError> {
  // A plain ERROR often only says that this string is not known.
  const telling = refusals.findLast(({ code }) => code !== 'error') ?? refusals.at(-1);
  const code = telling?.code ?? 'error';
  const report = await causeOf(context, signal);
  const said = refusals.map(({ message }) => message).join('; ');
  const number = telling?.fields.number;
  return new ModemError(`${said}: ${WORDS[code]}${report ? ` (+CEER: ${report})` : ''}`, {
    code,
    temporary: code !== 'cme-error' || telling?.temporary !== false || number === undefined,
    fields: { command: telling?.fields.command, number, report },
    cause: telling,
  });
}

/** The network's reason for the last failed call or PDP context (3GPP TS 27.007 6.10), where the modem tells it. */
async function causeOf({ channel, log }: ModemContext, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const { lines } = await channel.command('AT+CEER', { signal });
    return fieldsOf(lines[0] ?? '').join(', ') || undefined;
  } catch (error) {
    signal?.throwIfAborted();
    log.debug({ reason: asError(error).message, code: codeOf(error) }, 'no extended error report');
    return undefined;
  }
}
