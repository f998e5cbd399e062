import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import { redactNumber, redactNumbers } from '../../../base/redact.ts';
import { GatewayError } from '../errors.ts';
import type { SmsGateway } from '../gateway.ts';
import { exchange, type HttpReply } from './exchange.ts';
import { judge, retryAfterMs, type Verdict } from './reply.ts';
import { type Configured, type HttpRequest, requestFor } from './request.ts';

export interface HttpGatewayOptions extends Configured {
  readonly name: string;
  /** PEM of the authority to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** For one request and its reply, milliseconds. Default 30 000. */
  readonly deadlineMs?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const DEADLINE_MS = 30_000;
/** Of what a provider says, in an error. */
const LONGEST_TEXT = 200;

/** A provider with an HTTP interface, as its description says. It sends texts; it cannot ring. */
export function httpGateway(options: HttpGatewayOptions): SmsGateway {
  const { name, ca, clock, log, deadlineMs = DEADLINE_MS } = options;
  return {
    name,
    async sendSms(number, text, signal) {
      const request = requestFor(options, number, text);
      const reply = await exchange(request, { ca, clock, deadlineMs }, signal);
      const verdict = judge(options.description, reply);
      const clean = cleaner(options, request, number, text);
      if (!verdict.taken) throw refusal(verdict, reply, { name, number, host: request.url.host, clean });
      log.info({ gateway: name, id: verdict.id && clean(verdict.id) }, 'The provider took a text');
    },
  };
}

interface Attempt {
  readonly name: string;
  readonly number: string;
  readonly host: string;
  readonly clean: (text: string) => string;
}

function refusal(
  { code, temporary, surely, meaning, texts }: Extract<Verdict, { taken: false }>,
  reply: HttpReply,
  { name, number, host, clean }: Attempt,
): GatewayError {
  const said = texts.map((text) => redactNumbers(clean(text))).filter((text) => text !== '');
  const elsewhere = reply.status >= 300 && reply.status < 400 ? hostOf(reply.location) : undefined;
  const where = elsewhere === undefined ? [] : [`to ${elsewhere}`];
  const back = [`HTTP ${reply.status}`, ...said, ...where].join(', ');
  const wait = retryAfterMs(reply);
  return new GatewayError(`SMS to ${redactNumber(number)} by ${name} (${host}): ${meaning} (${back})`, {
    code,
    temporary,
    surely,
    fields: { host, status: reply.status, said, ...(wait === undefined ? {} : { retryAfterMs: wait }) },
  });
}

/** Makes a provider's text fit for a log: one line, short, and without what it was sent. */
function cleaner({ description, values }: Configured, sent: HttpRequest, number: string, text: string) {
  const secrets = Object.entries(description.values).flatMap(([name, { secret }]) =>
    secret ? (values[name] ?? []) : [],
  );
  const encoded = secrets.flatMap((one) => [
    encodeURIComponent(one),
    new URLSearchParams([['', one]]).toString().slice(1),
  ]);
  const credentials = sent.headers.authorization?.split(' ')[1] ?? '';
  const hidden = [credentials, ...encoded, ...secrets, text].filter((one) => one !== '');
  return (said: string) => {
    const open = hidden.reduce((rest, one) => rest.replaceAll(one, '[secret]'), said);
    const unnumbered = open.replaceAll(number.replace(/^\+/, ''), redactNumber(number).replace(/^\+/, ''));
    return unnumbered
      .replace(/[^\x20-\x7e\u00a1-\uffff]+/g, ' ')
      .trim()
      .slice(0, LONGEST_TEXT);
  };
}

function hostOf(location: string | undefined): string | undefined {
  return location !== undefined && URL.canParse(location) ? new URL(location).host : undefined;
}
