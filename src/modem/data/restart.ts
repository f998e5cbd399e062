import { asError, codeOf } from '../../base/errors.ts';
import type { ModemContext } from '../context.ts';
import { ModemError } from '../errors.ts';
import { isRefusal } from '../initialise.ts';
import { waitForRegistration } from '../registration.ts';

/** +CGATT and +COPS ask the network, which may take over a minute (3GPP TS 27.007 10.1.9). */
const ATTACH_TIMEOUT_MS = 75_000;
const REGISTRATION_MS = 30_000;
const RESTART_TIMEOUT_MS = 10_000;

/** Leaves the packet network and joins it again. Rejects with ModemError `not-registered` (temporary) when it does not let us. */
export async function reattach(context: ModemContext, signal?: AbortSignal): Promise<void> {
  for (const text of context.profile.reattach) {
    await context.channel.command(text, { timeout: ATTACH_TIMEOUT_MS, signal }).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      context.log.debug({ reason: asError(error).message }, 're-attaching was refused');
    });
  }
  await requireNetwork(context, signal);
}

/** Tells the modem to start again. It may be gone before it answers. */
export async function sendReset(context: ModemContext, signal?: AbortSignal): Promise<void> {
  const options = { timeout: RESTART_TIMEOUT_MS, signal };
  await context.channel.command(context.profile.reset, options).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (codeOf(error) !== 'timeout') throw error;
  });
}

export async function requireNetwork(context: ModemContext, signal?: AbortSignal): Promise<void> {
  const { registered, text } = await waitForRegistration(context, REGISTRATION_MS, signal);
  if (registered) return;
  throw new ModemError(`the modem at ${context.channel.path}: ${text}`, {
    code: 'not-registered',
    temporary: true,
    fields: { registration: text },
  });
}
