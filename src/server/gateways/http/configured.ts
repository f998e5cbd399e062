import { BlockList, isIP } from 'node:net';
import type { ConfigIssue } from '../../../base/config.ts';
import { type Description, namesIn } from './description.ts';
import type { Configured } from './request.ts';
import { fill, placeholdersOf, type Values } from './template.ts';

/** What the user wrote for a description. Nothing of it is checked. */
export interface Choices {
  readonly values: Readonly<Record<string, unknown>>;
  readonly recipients: Values;
  /** Instead of the description's own. */
  readonly base: string | undefined;
  /** Takes `http://` to a host that is neither this machine nor in a private network. */
  readonly insecure: boolean;
}

/** What is wrong with it, all at once, or what a gateway can work with. Keys are those of the configuration. */
export function configure(
  description: Description,
  choices: Choices,
): { configured: Configured } | { issues: ConfigIssue[] } {
  const values = withDefaults(description, choices.values);
  const base = baseOf(description, choices.base, values);
  const issues = [
    ...unknownValues(description, choices.values),
    ...Object.keys(description.values).flatMap((name) => valueIssue(description, name, values[name]) ?? []),
    ...eitherIssues(description, values),
    ...recipientIssues(description, choices.recipients),
    ...(base === undefined ? [] : baseIssues(base, choices)),
    ...(base === undefined && description.request.base === undefined
      ? [{ key: 'base_url', problem: 'expected the URL of the gateway, for this provider has no fixed one' }]
      : []),
  ];
  if (issues.length > 0 || base === undefined) return { issues };
  return { configured: { description, base, values: values as Values, recipients: choices.recipients } };
}

function withDefaults({ values }: Description, given: Choices['values']): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...given };
  for (const [name, { default: fallback, sameAs }] of Object.entries(values)) {
    filled[name] ??= fallback ?? (sameAs === undefined ? undefined : given[sameAs]);
    if (filled[name] === undefined) delete filled[name];
  }
  return filled;
}

function unknownValues({ values, name }: Description, given: Choices['values']): ConfigIssue[] {
  const wanted = Object.keys(values).join(', ');
  return Object.keys(given)
    .filter((one) => !Object.hasOwn(values, one))
    .map((one) => ({ key: `values.${one}`, problem: `unknown; ${name} has: ${wanted}` }));
}

function valueIssue(description: Description, name: string, given: unknown): ConfigIssue | undefined {
  const wanted = description.values[name];
  if (!wanted || (given === undefined && wanted.optional)) return undefined;
  const key = `values.${name}`;
  const problem = `expected ${wanted.description}, in quotes`;
  if (typeof given !== 'string' || given === '') return { key, problem };
  const { pattern } = wanted;
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(given))
    return { key, problem: `expected ${wanted.description}, as ${pattern}` };
  if (description.integers.includes(name) && !isWholeNumber(given))
    return { key, problem: `${problem}, as a whole number` };
  // RFC 9110 5.5: a line end in a field would begin the next one.
  if (namesIn(headersOf(description)).includes(name) && !/^[\x20-\x7e]*$/.test(given))
    return { key, problem: `${problem}, of printable ASCII: it goes into a header` };
  const { auth } = description.request;
  if (auth?.kind === 'basic' && given.includes(':') && namesIn(auth.user).includes(name))
    return { key, problem: `${problem}, without a colon (RFC 7617 2)` };
  return undefined;
}

function headersOf({ request: { headers, auth } }: Description): unknown {
  return [headers, auth?.kind === 'bearer' || auth?.kind === 'header' ? auth : undefined];
}

function eitherIssues({ either }: Description, values: Record<string, unknown>): ConfigIssue[] {
  return either
    .filter((names) => names.every((name) => values[name] === undefined))
    .map((names) => ({ key: 'values', problem: `expected one of ${names.join(', ')}` }));
}

function recipientIssues({ number, name, integers }: Description, recipients: Values): ConfigIssue[] {
  const key = 'recipients';
  const given = Object.entries(recipients);
  if (number !== 'mapped')
    return given.length > 0 ? [{ key, problem: `${name} takes telephone numbers as they are` }] : [];
  if (given.length === 0)
    return [{ key, problem: `expected what ${name} calls each device: { "+4915112345678" = "1234567" }` }];
  if (!integers.includes('number')) return [];
  return given
    .filter(([, recipient]) => !isWholeNumber(recipient))
    .map(([one]) => ({ key: `${key}.${one}`, problem: 'expected a whole number in quotes' }));
}

/** One that JSON's numbers hold exactly. */
function isWholeNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}

/** Undefined: there is none, or a value for it is missing. */
function baseOf({ request }: Description, own: string | undefined, values: Record<string, unknown>) {
  if (own !== undefined) return own.replace(/\/+$/, '');
  if (request.base === undefined) return undefined;
  const names = placeholdersOf(request.base) ?? [];
  const labels = names.flatMap((name) => (isLabel(values[name]) ? [[name, values[name]]] : []));
  return fill(request.base, Object.fromEntries(labels));
}

/** A value in the base is one label of the host's name, and so cannot lead to another host (RFC 1123 2.1). */
function isLabel(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(value);
}

function baseIssues(base: string, { insecure }: Choices): ConfigIssue[] {
  const key = 'base_url';
  if (!URL.canParse(base)) return [{ key, problem: 'expected a URL' }];
  const url = new URL(base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return [{ key, problem: 'expected https:// or http://' }];
  if (url.username || url.password || /[?#]/.test(base))
    return [{ key, problem: 'expected a URL without user, password, ? and #' }];
  if (url.protocol === 'https:' || insecure || isPrivate(url.hostname)) return [];
  return [
    { key, problem: 'expected https://, or insecure = true: the credentials would be readable on the way' },
  ];
}

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6');

/** This machine, or an address of RFC 1918, 3927, 4193 or 4291 2.5.6. */
function isPrivate(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return address === 'localhost';
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
