import { z } from 'zod';
import { fileName, parseHardware, pattern } from '../../../modem/hardware-files.ts';
import { placeholdersOf } from './template.ts';

/** Text with placeholders: `Bearer {token}`. */
const template = z.string().refine((text) => placeholdersOf(text) !== undefined, 'expected {name} only');
const templates = z.record(z.string(), template);
/** RFC 9110 5.1. */
const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header');

/** What the user gives in `[message_server.gateways.values]`. */
const value = z.strictObject({
  /** One line for whoever fills it in. */
  description: z.string().min(1),
  /** Never shown or logged. */
  secret: z.boolean().default(false),
  /** Left out, whatever has it as placeholder is left out too. */
  optional: z.boolean().default(false),
  default: z.string().optional(),
  /** Name of the value that it is when it is left out. */
  sameAs: z.string().optional(),
  /** Regular expression for the whole of it. */
  pattern: pattern.optional(),
});

const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('basic'), user: template, password: template }),
  z.strictObject({ kind: z.literal('bearer'), token: template }),
  z.strictObject({ kind: z.literal('header'), name: headerName, value: template }),
  z.strictObject({ kind: z.literal('query'), parameters: templates }),
]);

const body = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('form'), fields: templates }),
  /** Placeholders in its strings; a string that is one placeholder for an integer becomes a number. */
  z.strictObject({ kind: z.literal('json'), value: z.json() }),
]);

/** What a reply must be like. Without `path`: its text as a whole. Numbers and booleans are compared as text. */
const condition = z.strictObject({
  /** Keys and indices with points between: `messages.0.status`. */
  path: z.string().optional(),
  matches: pattern,
});

const rule = z.strictObject({
  /** HTTP statuses; absent: any. */
  status: z.array(z.int().min(100).max(599)).min(1).optional(),
  /** All of them hold. */
  when: z.array(condition).default([]),
  code: z.enum(['bad-number', 'not-allowed', 'no-credit', 'throttled', 'refused', 'not-sent']),
  /** Whether the same request may succeed later without anybody changing anything. */
  temporary: z.boolean(),
  /** Whether it is certain that no text left. */
  surely: z.boolean().default(true),
  /** What the provider's documentation calls it. */
  meaning: z.string().min(1),
});

const description = z.strictObject({
  name: fileName,
  description: z.string(),
  values: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name of a-z, 0-9 and _'), value),
  /** Sets of values of which at least one is needed. */
  either: z.array(z.array(z.string()).min(2)).default([]),
  /** `plus`: +4915112345678, `digits`: 4915112345678, `mapped`: what the user's `recipients` give for the number. */
  number: z.enum(['plus', 'digits', 'mapped']),
  /** Placeholders, `number` among them, that JSON has as numbers. */
  integers: z.array(z.string()).default([]),
  request: z.strictObject({
    method: z.enum(['GET', 'POST', 'PUT']),
    /** Scheme, host and first part of the path; a placeholder here is one label of the host's name. `base_url` replaces it. Absent: it must. */
    base: template.optional(),
    path: template.refine((text) => text.startsWith('/'), 'expected a path'),
    query: templates.default({}),
    headers: z.record(headerName, template).default({}),
    auth: auth.optional(),
    body: body.optional(),
  }),
  reply: z.strictObject({
    kind: z.enum(['json', 'text']),
    success: z.strictObject({ status: z.array(z.int()).min(1), when: z.array(condition).default([]) }),
    /** Where the provider's id of the message is. */
    id: z.string().optional(),
    /** Where it says what is wrong; those that are there are shown. */
    error: z.array(z.string()).default([]),
    /** The first that fits says what a reply means that is no success; else its status does. */
    errors: z.array(rule).default([]),
  }),
  /** Where the facts come from. */
  sources: z.array(z.string().min(1)).min(1),
  /** What no source confirms, in words. */
  unverified: z.array(z.string().min(1)).default([]),
});

const schema = description.superRefine((read, context) => {
  const known = ['number', 'text', ...Object.keys(read.values)];
  const missing = (names: readonly string[]) => names.filter((name) => !known.includes(name));
  for (const name of missing(namesIn(read.request)))
    context.addIssue({ code: 'custom', path: ['request'], message: `{${name}} is not among the values` });
  const others = Object.values(read.values).flatMap(({ sameAs }) => sameAs ?? []);
  for (const name of missing([...read.either.flat(), ...read.integers, ...others]))
    context.addIssue({ code: 'custom', path: ['values'], message: `expected one called ${name}` });
});

/** How to send a text through a provider: a file in `hardware/gateways/`, or the user's own. */
export type Description = z.infer<typeof schema>;
export type ReplyRule = z.infer<typeof rule>;
export type ReplyCondition = z.infer<typeof condition>;

/** Checks the content of a description; `file` is only named in errors. Throws ConfigError with file and key. */
export function parseDescription(file: string, text: string): Description {
  return parseHardware(file, text, schema);
}

/** Of every string in a part of a description. */
export function namesIn(part: unknown): string[] {
  if (typeof part === 'string') return placeholdersOf(part) ?? [];
  if (typeof part !== 'object' || part === null) return [];
  return Object.values(part).flatMap(namesIn);
}
