import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { asError, codeOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { SmsGateway } from '../gateways/gateway.ts';
import type { Contact } from './address-book.ts';
import { MessageServerError } from './errors.ts';

export interface SecondTrigger {
  readonly contact: Contact;
  readonly kind: 'sms' | 'call';
  /** The sealed token; a call does not carry it, its fall-back does. */
  readonly text: string;
}

export type Sent =
  | {
      readonly sent: true;
      readonly kind: 'sms' | 'call';
      readonly gateway: string;
      readonly outcome?: string;
    }
  /** `surely`: nothing left, as far as the gateways know. */
  | { readonly sent: false; readonly surely: boolean; readonly reason: string };

interface Means {
  readonly gateways: readonly SmsGateway[];
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly log: Log;
}

/**
 * Tries the contact's gateways in their order, the wanted kind on all of them before the fall-back: an SMS always
 * works, a call only where the device lists the number. A text that was sent twice holds one counter, so the
 * device takes it once.
 */
export async function sendTrigger(trigger: SecondTrigger, means: Means, signal: AbortSignal): Promise<Sent> {
  const kinds = trigger.kind === 'call' ? (['call', 'sms'] as const) : (['sms'] as const);
  let surely = true;
  const reasons: string[] = [];
  for (const kind of kinds) {
    for (const gateway of gatewaysOf(trigger.contact, means.gateways)) {
      const attempt = attemptOf(kind, gateway, trigger);
      if (!attempt) continue;
      const wait = { what: `${kind} by ${gateway.name}`, ms: means.deadlineMs, signal };
      try {
        return {
          sent: true,
          kind,
          gateway: gateway.name,
          ...(await withDeadline(means.clock, wait, attempt)),
        };
      } catch (error) {
        signal.throwIfAborted();
        surely &&= codeOf(error) !== 'deadline';
        reasons.push(`${gateway.name}: ${asError(error).message}`);
        const fields = { device: trigger.contact.device, kind, gateway: gateway.name, err: error };
        means.log.warn(fields, 'A gateway did not send the second trigger');
      }
    }
  }
  return { sent: false, surely, reason: reasons.join('; ') || 'no gateway offers this kind' };
}

type Attempt = (signal: AbortSignal) => Promise<{ outcome?: string }>;

function attemptOf(kind: 'sms' | 'call', gateway: SmsGateway, trigger: SecondTrigger): Attempt | undefined {
  const { number } = trigger.contact;
  if (kind === 'call') {
    return gateway.ring && (async (signal) => ({ outcome: await ring(gateway, number, signal) }));
  }
  if (!gateway.sendSms) return undefined;
  return async (signal) => {
    await gateway.sendSms?.(number, trigger.text, signal);
    return {};
  };
}

async function ring(gateway: SmsGateway, number: string, signal: AbortSignal): Promise<string> {
  const outcome = await gateway.ring?.(number, signal);
  if (outcome === 'refused' || outcome === undefined) throw callRefused(gateway.name);
  return outcome;
}

/** The contact's choice in its order; without one, all. */
function gatewaysOf({ gateways }: Contact, all: readonly SmsGateway[]): SmsGateway[] {
  if (gateways.length === 0) return [...all];
  return gateways.flatMap((name) => all.filter((gateway) => gateway.name === name));
}

function callRefused(gateway: string): MessageServerError {
  return new MessageServerError(`call by ${gateway}: refused by the network`, {
    code: 'not-sent',
    temporary: true,
    fields: { gateway },
  });
}
