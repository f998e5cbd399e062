import { GatewayError } from '../errors.ts';
import type { Description } from './description.ts';
import { fill, fillAll, fillJson, type Values } from './template.ts';

/** One request, as it goes out. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The user's choices for a description, checked. */
export interface Configured {
  readonly description: Description;
  /** Where its path is appended; without a slash at the end. */
  readonly base: string;
  readonly values: Values;
  /** For `number: "mapped"`. */
  readonly recipients: Values;
}

/** Each value is encoded for the place that it stands in: path, query, header, form or JSON. */
export function requestFor({ description, base, ...given }: Configured, number: string, text: string) {
  const values = { ...given.values, number: numberFor(description, given.recipients, number), text };
  const { method, path, query, headers, auth, body } = description.request;
  const url = new URL(base + filledPath(path, values));
  const parameters = auth?.kind === 'query' ? { ...query, ...auth.parameters } : query;
  url.search = new URLSearchParams(fillAll(parameters, values)).toString();
  const content = contentOf(description, values);
  return {
    method,
    url,
    headers: {
      'user-agent': 'ringpost',
      accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
      'accept-encoding': 'identity',
      ...(body ? { 'content-type': CONTENT_TYPES[body.kind] } : {}),
      ...Object.fromEntries(fillAll(headers, values)),
      ...authHeader(auth, values),
    },
    body: content,
  } satisfies HttpRequest;
}

const CONTENT_TYPES = { form: 'application/x-www-form-urlencoded', json: 'application/json' };

function contentOf({ request, integers }: Description, values: Values): string | undefined {
  const { body } = request;
  if (body?.kind === 'form') return new URLSearchParams(fillAll(body.fields, values)).toString();
  return body && JSON.stringify(fillJson(body.value, values, integers));
}

function authHeader(auth: Description['request']['auth'], values: Values): Record<string, string> {
  if (auth?.kind === 'basic') {
    const pair = `${fill(auth.user, values) ?? ''}:${fill(auth.password, values) ?? ''}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
  if (auth?.kind === 'bearer') return { authorization: `Bearer ${fill(auth.token, values) ?? ''}` };
  if (auth?.kind === 'header') return { [auth.name.toLowerCase()]: fill(auth.value, values) ?? '' };
  return {};
}

/** A value is part of one segment: it cannot bring a slash along, and no step up (RFC 3986 3.3). */
function filledPath(path: string, values: Values): string {
  const filled = fill(path, values, encodeURIComponent) ?? '';
  if (filled.split('/').some((segment) => segment === '.' || segment === '..'))
    throw new GatewayError('A value for the path of the URL is "." or ".."', {
      code: 'not-allowed',
      surely: true,
    });
  return filled;
}

function numberFor({ number: form, name }: Description, recipients: Values, number: string): string {
  if (form === 'digits') return number.replace(/^\+/, '');
  if (form === 'plus') return number;
  const recipient = Object.hasOwn(recipients, number) ? recipients[number] : undefined;
  if (recipient !== undefined) return recipient;
  throw new GatewayError(`${name}: the gateway's "recipients" have no entry for this telephone number`, {
    code: 'bad-number',
    surely: true,
  });
}
