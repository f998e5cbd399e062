import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { asError, codeOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { GatewayError, surelyNotSent } from '../gateways/errors.ts';
import type { SmsGateway } from '../gateways/gateway.ts';
import type { Contact } from './address-book.ts';
import { MessageServerError } from './errors.ts';
import type { GatewayTrouble } from './policy.ts';

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
  | {
      readonly sent: false;
      readonly surely: boolean;
      readonly trouble: GatewayTrouble;
      readonly reason: string;
    };

interface Means {
  readonly gateways: readonly SmsGateway[];
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly log: Log;
  /** Asked before each gateway: off, or a device that came by itself, calls for no other. */
  wanted(): boolean;
}

/**
 * Tries the contact's gateways in their order, the wanted kind on all of them before the fall-back: an SMS always
 * works, a call only where the device lists the number. A text that was sent twice holds one counter, so the
 * device takes it once.
 */
export async function sendTrigger(trigger: SecondTrigger, means: Means, signal: AbortSignal): Promise<Sent> {
  const kinds = trigger.kind === 'call' ? (['call', 'sms'] as const) : (['sms'] as const);
  const errors: GatewayFailure[] = [];
  for (const kind of kinds) {
    for (const gateway of gatewaysOf(trigger.contact, means.gateways)) {
      const attempt = attemptOf(kind, gateway, trigger);
      if (!attempt || !means.wanted()) continue;
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
        errors.push({ gateway: gateway.name, error: asError(error) });
        const fields = { device: trigger.contact.device, kind, gateway: gateway.name, err: error };
        // The gateway itself tells it once a day.
        const level = isOverCap(error) ? 'debug' : 'warn';
        means.log[level](fields, 'A gateway did not send the second trigger');
      }
    }
  }
  return failed(errors, means.clock.now());
}

interface GatewayFailure {
  readonly gateway: string;
  readonly error: Error;
}

/** What all gateways together come to: the one that is likely to work first says how long to wait. */
function failed(failures: readonly GatewayFailure[], now: number): Sent {
  const errors = failures.map(({ error }) => error);
  const free = errors.flatMap((error) => freeAtOf(error, now) ?? []);
  const temporary = errors.some(
    (error) => freeAtOf(error, now) === undefined && !(error instanceof GatewayError && !error.temporary),
  );
  const reasons = failures.map(({ gateway, error }) => `${gateway}: ${error.message}`);
  return {
    sent: false,
    surely: errors.every(surelyNotSent),
    trouble: { temporary, ...(free.length > 0 && { freeAt: Math.min(...free) }) },
    reason: reasons.join('; ') || 'no gateway offers this kind',
  };
}

/** When the gateway is of use again, as far as it says so. */
function freeAtOf(error: Error, now: number): number | undefined {
  if (!(error instanceof GatewayError)) return undefined;
  const { retryAfterMs } = error.fields;
  return error.freeAt ?? (typeof retryAfterMs === 'number' ? now + retryAfterMs : undefined);
}

function isOverCap(error: unknown): error is GatewayError {
  return error instanceof GatewayError && codeOf(error) === 'over-cap';
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
