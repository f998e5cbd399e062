import { z } from 'zod';
import { ConfigError, type ConfigIssue } from '../../../base/config.ts';
import { type Choices, configure } from '../../../server/gateways/http/configured.ts';
import type { Description } from '../../../server/gateways/http/description.ts';
import { loadDescription, loadProvider } from '../../../server/gateways/http/descriptions.ts';
import type { Configured } from '../../../server/gateways/http/request.ts';
import { path, seconds, text } from '../parts.ts';

const written = {
  kind: z.literal('http'),
  /** Name of a file in hardware/gateways. */
  provider: text('the name of a provider').optional(),
  /** Instead: a description of one's own, as those in hardware/gateways. */
  description: path.optional(),
  /** What the description asks for. */
  values: z.record(z.string(), z.unknown(), 'expected a table').default({}),
  /** Where a provider has another name than a telephone number for each device. */
  recipients: z.record(z.string(), text("the provider's name of the device")).default({}),
  /** Instead of the description's: scheme, host and first part of the path. */
  base_url: text('a URL').optional(),
  /** PEM file of the authority to trust instead of the system's. */
  ca: path.optional(),
  /** For one request and its answer. */
  deadline: seconds('30s'),
  /** Takes http:// to a host that is not in a private network. */
  insecure: z.boolean('expected true or false').default(false),
};

/** A provider's HTTP interface. Checked against its description, so that all that is wrong is told at once. */
export function httpGateway<Common extends z.ZodRawShape>(common: Common) {
  return z.strictObject({ ...common, ...written }).transform((read, context) => {
    const given = read as z.infer<z.ZodObject<typeof written>>;
    const found = checked(given);
    if ('configured' in found) return { ...read, configured: found.configured };
    for (const { key, problem } of found.issues)
      context.addIssue({ code: 'custom', path: key ? key.split('.') : [], message: problem });
    return z.NEVER;
  });
}

interface Written {
  readonly provider?: string | undefined;
  readonly description?: string | undefined;
  readonly values: Choices['values'];
  readonly recipients: Choices['recipients'];
  readonly base_url?: string | undefined;
  readonly insecure: boolean;
}

type Checked = { readonly configured: Configured } | { readonly issues: readonly ConfigIssue[] };

function checked(given: Written): Checked {
  const { values, recipients, base_url: base, insecure } = given;
  const read = descriptionOf(given);
  return 'issues' in read ? read : configure(read.description, { values, recipients, base, insecure });
}

function descriptionOf({
  provider,
  description: file,
}: Written): { description: Description } | { issues: ConfigIssue[] } {
  if ((provider === undefined) === (file === undefined))
    return { issues: [{ key: 'provider', problem: 'expected either a provider or a description' }] };
  try {
    return { description: provider === undefined ? loadDescription(file ?? '') : loadProvider(provider) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { issues: [{ key: provider === undefined ? 'description' : 'provider', problem: error.message }] };
  }
}
